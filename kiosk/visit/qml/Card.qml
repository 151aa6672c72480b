import QtQuick

// A sheet that holds what belongs together.
Rectangle {
    id: card

    default property alias content: column.data
    property int pad: Look.px(32)
    property int between: Look.px(16)

    radius: Look.px(28)
    color: Look.colour.card
    border.color: Look.colour.line
    border.width: Look.line
    implicitHeight: column.height + 2 * pad

    Column {
        id: column
        x: card.pad
        y: card.pad
        width: card.width - 2 * card.pad
        spacing: card.between
    }
}
