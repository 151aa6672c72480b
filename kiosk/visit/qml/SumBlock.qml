import QtQuick

// What the card is charged: the sum, what for, the fee.
Column {
    id: block

    property var body: ({})
    property real sumSize: 104

    spacing: Look.px(12)

    Label {
        width: parent.width
        text: block.body.sumTitle
        size: 42
        color: Look.colour.ink2
    }

    Label {
        objectName: "sum"
        width: parent.width
        text: block.body.sum
        size: block.sumSize
        font.weight: Font.Bold
        lineHeight: 1.05
    }

    Label {
        width: parent.width
        visible: text !== ""
        text: block.body.purpose
        size: 34
    }

    Label {
        width: parent.width
        visible: text !== ""
        text: block.body.fee
        size: 34
        color: Look.colour.ink2
    }
}
