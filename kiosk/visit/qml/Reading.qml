pragma ComponentBehavior: Bound
import QtQuick

// One value a screen; the last value and the usual amount beside it.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})

    // Large letters and something to tell: the message comes before what can be read on the meter.
    readonly property bool short: (Look.bigger || body.lean) && body.notice.tone === "warning"
    sink: 0
    split: 0.54

    info: [
        Heading {
            width: parent.width
            size: 58
            title: screen.body.title
            lead: screen.short || (Look.wide && Look.bigger) ? "" : screen.body.lead
        },
        Flow {
            id: values
            readonly property bool together: entry.least + last.least + spacing <= width
            width: parent.width
            spacing: Look.gap

            Card {
                id: entry
                readonly property real least: boxes.count * (Look.type(60) + boxes.spacing) + 2 * pad
                objectName: "reading.value"
                property string text: screen.body.typed
                width: values.together ? Math.max(least, values.width - last.least - values.spacing) : values.width
                height: values.together ? Math.max(implicitHeight, last.implicitHeight) : implicitHeight
                pad: Look.px(28)
                border.color: Look.colour.brand
                border.width: 2 * Look.line
                Accessible.role: Accessible.EditableText
                Accessible.name: screen.body.entryTitle + " " + screen.body.typed

                Label {
                    width: parent.width
                    text: screen.body.entryTitle
                    size: 28
                    color: Look.colour.ink2
                }

                Row {
                    id: boxes
                    readonly property int count: screen.body.boxes.length
                    readonly property int side: Math.min(Look.type(88), Math.floor((entry.width - 2 * entry.pad - (count - 1) * spacing) / Math.max(1, count)))
                    spacing: Look.px(10)

                    Repeater {
                        model: screen.body.boxes.length

                        Rectangle {
                            id: box
                            required property int index
                            width: boxes.side
                            height: Look.type(96)
                            radius: Look.px(16)
                            color: Look.colour.brand_tint
                            border.color: Look.colour.line
                            border.width: Look.contrast ? Look.line : 0

                            Label {
                                anchors.centerIn: parent
                                text: screen.body.boxes[box.index] ?? ""
                                size: 58
                                figures: true
                                font.weight: Font.DemiBold
                                lineHeight: 1
                            }
                        }
                    }
                }
            }

            Label {
                visible: !values.together && !screen.short
                width: values.width
                text: screen.body.lastLine
                size: 34
                figures: true
            }

            Card {
                id: last
                visible: values.together
                readonly property real least: Math.max(lastTitle.implicitWidth, lastValue.implicitWidth, lastUsual.implicitWidth) + 2 * pad
                width: values.together ? least : values.width
                height: values.together ? entry.height : implicitHeight
                pad: Look.px(28)
                between: Look.px(12)

                Label {
                    id: lastTitle
                    width: parent.width
                    text: screen.body.lastTitle
                    size: 28
                    color: Look.colour.ink2
                }

                Label {
                    id: lastValue
                    objectName: "reading.last"
                    width: parent.width
                    text: screen.body.lastValue
                    size: 58
                    figures: true
                    font.weight: Font.DemiBold
                    lineHeight: 1
                }

                Label {
                    id: lastUsual
                    width: parent.width
                    visible: text !== ""
                    text: screen.body.usual
                    size: 28
                    color: Look.colour.ink2
                }
            }
        },
        NoticeBox {
            objectName: "notice"
            width: parent.width
            tone: screen.body.notice.tone
            text: screen.body.notice.text
        }
    ]

    controls: [
        Keypad {
            width: parent.width
            body: screen.body
            room: screen.roomToAct - go.height - Look.gap
        },
        Row {
            id: go
            width: parent.width
            spacing: Look.gap

            Button {
                id: skip
                objectName: "skip_meter"
                visible: screen.body.skip !== ""
                readonly property bool little: Look.wide && Look.bigger
                width: Math.floor((parent.width - Look.gap) * (little ? 0.5 : 0.4))
                height: Math.max(implicitHeight, confirm.implicitHeight)
                pad: Look.px(16)
                icon: little ? "" : "chevron-right"
                iconSide: Look.px(36)
                size: little ? 28 : 34
                text: screen.body.skip
                onTapped: Look.intent({ "type": "skip_meter" })
            }

            Button {
                id: confirm
                objectName: "confirm"
                width: skip.visible ? parent.width - skip.width - Look.gap : parent.width
                height: Math.max(implicitHeight, skip.visible ? skip.implicitHeight : 0)
                kind: "main"
                size: 42
                icon: screen.body.busy ? "loader" : screen.body.sure ? "check" : "arrow-right"
                text: screen.body.confirm
                enabled: screen.body.canConfirm
                onTapped: Look.intent({ "type": "confirm" })
            }
        }
    ]
}
