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
        id: sum
        // A sum is read in one line: the letters give way, as far as they stay large.
        readonly property real fitting: whole.advanceWidth > 0 ? Math.min(1, (width - 2) / whole.advanceWidth) : 1
        objectName: "sum"
        width: parent.width
        text: block.body.sum
        size: block.sumSize
        font.pixelSize: Math.max(Look.type(58), Math.floor(Look.type(size) * fitting))
        font.weight: Font.Bold
        lineHeight: 1.05

        TextMetrics {
            id: whole
            font.family: Look.family
            font.weight: Font.Bold
            font.pixelSize: Look.type(block.sumSize)
            text: block.body.sum
        }
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
