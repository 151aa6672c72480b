pragma ComponentBehavior: Bound
import QtQuick

// What a person can show later, in figures that can be read out on the phone; at most one of them has a code to scan.
Card {
    id: sheet

    property var references: []
    readonly property string code: (references.find(one => (one.code ?? "") !== "") ?? {}).code ?? ""

    visible: references.length > 0

    Item {
        width: parent.width
        height: Math.max(words.height, code.visible ? code.height : 0)

        Column {
            id: words
            anchors.verticalCenter: parent.verticalCenter
            width: parent.width - (code.visible ? code.width + Look.px(24) : 0)
            spacing: Look.px(20)

            Repeater {
                model: sheet.references.length

                Column {
                    id: line
                    required property int index
                    readonly property var told: sheet.references[index] ?? Look.nothing
                    width: parent.width
                    spacing: Look.px(4)

                    Label {
                        width: parent.width
                        text: line.told.text
                        size: 28
                        color: Look.colour.ink2
                    }

                    Label {
                        objectName: "reference." + line.index
                        width: parent.width
                        text: line.told.value
                        size: 42
                        font.weight: Font.DemiBold
                        wrapMode: Text.WrapAtWordBoundaryOrAnywhere
                    }

                    Label {
                        objectName: "proof." + line.index
                        width: parent.width
                        visible: text !== ""
                        text: line.told.proof
                        size: 28
                        color: Look.colour.ink2
                    }
                }
            }
        }

        Image {
            id: code
            objectName: "reference.code"
            visible: sheet.code !== ""
            anchors.right: parent.right
            anchors.verticalCenter: parent.verticalCenter
            sourceSize: Qt.size(Look.px(232), Look.px(232))
            source: visible ? "image://codes/" + encodeURIComponent(sheet.code) : ""
            smooth: false
            Accessible.role: Accessible.Graphic
            Accessible.name: sheet.references.length > 0 ? sheet.references[sheet.references.length - 1].text : ""
        }
    }
}
