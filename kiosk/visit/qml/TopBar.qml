pragma ComponentBehavior: Bound
import QtQuick

// Who we are, who you are (masked), which step, which language.
Rectangle {
    id: bar

    property var told: ({})

    color: Look.colour.card
    implicitHeight: Math.max(Look.px(Look.wide ? 116 : 146), texts.height + Look.px(Look.wide ? 16 : 40))

    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Look.line
        color: Look.colour.line
    }

    Rectangle {
        id: mark
        width: Look.px(80)
        height: width
        radius: width / 2
        x: Look.margin
        anchors.verticalCenter: parent.verticalCenter
        color: Look.colour.brand

        Icon {
            anchors.centerIn: parent
            side: Look.px(44)
            name: "zap"
            tint: Look.colour.on_brand
        }
    }

    Column {
        id: texts
        x: mark.x + mark.width + Look.px(20)
        width: (languages.visible ? languages.x : bar.width - Look.margin) - x - Look.px(16)
        anchors.verticalCenter: parent.verticalCenter
        spacing: Look.px(2)

        Label {
            objectName: "top.who"
            width: parent.width
            text: bar.told.who
            size: 32
            font.weight: Font.DemiBold
            figures: true
            lineHeight: 1
        }

        Label {
            objectName: "top.where"
            width: parent.width
            text: bar.told.where
            size: 28
            color: Look.colour.ink2
            lineHeight: 1
        }
    }

    Languages {
        id: languages
        visible: !Look.lowReach
        told: bar.told
        anchors.right: parent.right
        anchors.rightMargin: Look.margin
        anchors.verticalCenter: parent.verticalCenter
    }
}
