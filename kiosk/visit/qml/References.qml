pragma ComponentBehavior: Bound
import QtQuick

// What a person can show later, in figures that can be read out on the phone.
Card {
    id: sheet

    property var references: []

    visible: references.length > 0
    between: Look.px(20)

    Repeater {
        model: sheet.references.length

        Column {
            id: line
            required property int index
            width: parent.width
            spacing: Look.px(4)

            Label {
                width: parent.width
                text: (sheet.references[line.index] ?? Look.nothing).text
                size: 28
                color: Look.colour.ink2
            }

            Label {
                objectName: "reference." + line.index
                width: parent.width
                text: (sheet.references[line.index] ?? Look.nothing).value
                size: 42
                font.weight: Font.DemiBold
                wrapMode: Text.WrapAtWordBoundaryOrAnywhere
            }

            Label {
                objectName: "proof." + line.index
                width: parent.width
                visible: text !== ""
                text: (sheet.references[line.index] ?? Look.nothing).proof
                size: 28
                color: Look.colour.ink2
            }
        }
    }
}
