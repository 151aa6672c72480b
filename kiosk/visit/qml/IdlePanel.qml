import QtQuick

// Nobody has touched for a while: one button goes on, the seconds are told.
Rectangle {
    id: panel

    property var told: ({})

    visible: told.title !== ""
    color: Look.colour.shade

    MouseArea {
        anchors.fill: parent
        onClicked: Look.intent({ "type": "touch" })
    }

    Card {
        width: Math.min(parent.width - 2 * Look.margin, Look.px(1000))
        anchors.horizontalCenter: parent.horizontalCenter
        y: Look.wide ? (parent.height - height) / 2 : parent.height * 0.62 - height / 2
        pad: Look.px(56)
        between: Look.px(32)
        border.color: Look.colour.line

        Icon {
            name: "clock"
            side: Look.px(96)
            tint: Look.colour.brand
        }

        Label {
            objectName: "idle.title"
            width: parent.width
            text: panel.told.title
            size: 58
            font.weight: Font.Bold
        }

        Label {
            objectName: "idle.text"
            width: parent.width
            text: panel.told.text
            size: 42
            figures: true
        }

        Button {
            objectName: "still_here"
            width: parent.width
            height: Math.max(implicitHeight, Look.px(144))
            kind: "main"
            size: 58
            icon: "hand"
            text: panel.told.button
            onTapped: Look.intent({ "type": "touch" })
        }
    }
}
