pragma ComponentBehavior: Bound
import QtQuick

// How far a payment is: done, now, later, each with a picture and words.
Column {
    id: list

    property var steps: []

    spacing: Look.px(16)

    Repeater {
        model: list.steps.length

        Row {
            id: step
            required property int index
            readonly property var told: list.steps[index] ?? Look.nothing
            width: list.width
            spacing: Look.px(24)

            Rectangle {
                id: dot
                width: Look.px(64)
                height: width
                radius: width / 2
                color: step.told.state === "done" ? Look.colour.success_tint : Look.colour.brand_tint
                border.color: step.told.state === "now" ? Look.colour.brand : "transparent"
                border.width: step.told.state === "now" ? 2 * Look.line : 0

                Icon {
                    anchors.centerIn: parent
                    side: Look.px(36)
                    name: step.told.icon
                    tint: step.told.state === "done" ? Look.colour.success : step.told.state === "now" ? Look.colour.brand : Look.colour.ink2
                }
            }

            Label {
                width: step.width - dot.width - step.spacing
                anchors.verticalCenter: parent.verticalCenter
                text: step.told.text
                size: 34
                font.weight: step.told.state === "now" ? Font.DemiBold : Font.Normal
                color: step.told.state === "later" ? Look.colour.ink2 : Look.colour.ink
            }
        }
    }
}
