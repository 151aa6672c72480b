import QtQuick

// What goes on beside this screen: a conversation, or a place in the line; one touch leads back to it.
Rectangle {
    id: strip

    property var told: ({})
    readonly property bool call: told.kind === "call"

    visible: told.kind !== ""
    color: call ? Look.colour.video : Look.colour.brand_tint
    implicitHeight: visible ? Math.max(Look.px(call ? (Look.wide ? 136 : 168) : 128), texts.height + Look.px(32), go.height + Look.px(32)) : 0

    VideoPlace {
        id: picture
        visible: strip.call
        x: Look.margin
        y: Look.px(12)
        width: visible ? Look.px(Look.wide ? 190 : 240) : 0
        height: strip.height - 2 * y
        video: strip.call ? Look.remoteVideo : null
    }

    Column {
        id: texts
        x: strip.call ? picture.x + picture.width + Look.gap : Look.margin
        width: go.x - x - Look.gap
        anchors.verticalCenter: parent.verticalCenter
        spacing: Look.px(4)

        Label {
            objectName: "strip.title"
            width: parent.width
            text: strip.told.title
            size: 34
            font.weight: Font.DemiBold
            color: strip.call ? Look.colour.on_video : Look.colour.ink
        }

        Label {
            width: parent.width
            visible: text !== ""
            text: strip.told.text
            size: 28
            color: strip.call ? Look.colour.on_video : Look.colour.ink
        }
    }

    Button {
        id: go
        objectName: "return"
        anchors.right: parent.right
        anchors.rightMargin: Look.margin
        anchors.verticalCenter: parent.verticalCenter
        width: Math.min(Look.type(320), Math.round(strip.width * 0.36))
        kind: "main"
        border.color: strip.call ? Look.colour.on_video : Look.colour.brand
        icon: strip.call ? "video" : "ticket"
        text: strip.told.button
        onTapped: Look.intent({ "type": "open_service", "service": "talk" })
    }
}
