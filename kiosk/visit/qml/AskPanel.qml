import QtQuick

// The operator's question over another screen: it stays where it was, and is answered in reach.
Rectangle {
    id: panel

    property var ask: ({})

    color: Look.colour.shade

    MouseArea {
        anchors.fill: parent
    }

    Ask {
        width: Math.min(parent.width - 2 * Look.margin, Look.px(1000))
        anchors.horizontalCenter: parent.horizontalCenter
        y: parent.height - height - Look.px(48)
        ask: panel.ask
    }
}
