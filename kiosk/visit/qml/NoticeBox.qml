import QtQuick

// Something to tell the person: picture and words; the colour only repeats them.
Rectangle {
    id: notice

    property string tone: "info"
    property string text: ""
    readonly property color front: tone === "warning" ? Look.colour.warning : tone === "danger" ? Look.colour.danger : tone === "success" ? Look.colour.success : Look.colour.brand

    visible: text !== ""
    radius: Look.px(24)
    color: tone === "warning" ? Look.colour.warning_tint : tone === "danger" ? Look.colour.danger_tint : tone === "success" ? Look.colour.success_tint : Look.colour.brand_tint
    border.color: front
    border.width: Look.contrast ? Look.line : 0
    implicitHeight: visible ? Math.max(Look.px(96), words.height + 2 * Look.px(24)) : 0
    Accessible.role: Accessible.AlertMessage
    Accessible.name: text

    Icon {
        id: picture
        x: Look.px(32)
        anchors.verticalCenter: parent.verticalCenter
        side: Look.px(56)
        name: notice.tone === "warning" ? "triangle-alert" : notice.tone === "danger" ? "circle-x" : notice.tone === "success" ? "circle-check" : "info"
        tint: notice.front
    }

    Label {
        id: words
        anchors.verticalCenter: parent.verticalCenter
        x: picture.x + picture.width + Look.px(28)
        width: notice.width - x - Look.px(32)
        text: notice.text
        size: 34
        color: notice.tone === "info" ? Look.colour.ink : notice.front
        font.weight: Font.Medium
    }
}
