import QtQuick

// A few words over the picture.
Rectangle {
    id: chip

    property string text: ""
    property string icon: ""
    property color dot: "transparent"
    property real most: Look.px(600)

    visible: text !== ""
    radius: Look.px(20)
    color: "#101A21"
    border.color: Look.colour.line
    border.width: Look.contrast ? Look.line : 0
    implicitHeight: Math.max(Look.px(80), words.height + Look.px(24))
    implicitWidth: words.x + words.width + Look.px(32)

    Rectangle {
        id: lamp
        visible: chip.icon === ""
        x: Look.px(28)
        anchors.verticalCenter: parent.verticalCenter
        width: Look.px(20)
        height: width
        radius: width / 2
        color: chip.dot
    }

    Icon {
        id: picture
        visible: chip.icon !== ""
        x: Look.px(24)
        anchors.verticalCenter: parent.verticalCenter
        side: Look.px(40)
        name: chip.icon
        tint: "#FFFFFF"
    }

    Label {
        id: words
        x: chip.icon === "" ? lamp.x + lamp.width + Look.px(16) : picture.x + picture.width + Look.px(16)
        width: Math.min(implicitWidth, chip.most - x - Look.px(32))
        anchors.verticalCenter: parent.verticalCenter
        text: chip.text
        size: 34
        color: "#FFFFFF"
        lineHeight: 1.05
    }
}
