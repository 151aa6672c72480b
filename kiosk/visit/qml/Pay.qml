pragma ComponentBehavior: Bound
import QtQuick

// The sum, the fee, the one thing to do now, the steps, the other ways out.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})
    readonly property color front: body.tone === "success" ? Look.colour.success : body.tone === "warning" ? Look.colour.warning : body.tone === "danger" ? Look.colour.danger : Look.colour.brand
    readonly property color ground: body.tone === "success" ? Look.colour.success_tint : body.tone === "warning" ? Look.colour.warning_tint : body.tone === "danger" ? Look.colour.danger_tint : Look.colour.brand_tint

    sink: 0.15
    split: 0.5

    info: [
        Loader {
            width: parent.width
            active: screen.body.bills.length > 0 && !screen.billsLow
            visible: active
            sourceComponent: billList
        },
        Loader {
            width: parent.width
            active: !screen.aside
            visible: active
            sourceComponent: sumBlock
        },
        NoticeBox {
            objectName: "notice"
            width: parent.width
            tone: screen.body.notice.tone
            text: screen.body.notice.text
        },
        Steps {
            // Large letters: what is to be told or kept comes before how far it is.
            visible: Look.wide && steps.length > 0 && !(Look.bigger && screen.told)
            width: parent.width
            steps: screen.body.steps
        },
        References {
            visible: Look.wide && references.length > 0
            width: parent.width
            references: screen.body.references
        }
    ]

    // Landscape: a list of bills fills its side, the sum stands with the button that pays it.
    readonly property bool aside: Look.wide && body.bills.length > 0

    readonly property bool told: body.notice.text !== "" || body.references.length > 0

    // Large letters on a screen of little height: titles that are large already need not grow.
    readonly property bool little: Look.wide && Look.bigger

    // Low reach: what is ticked must be within reach, the sum is only read.
    readonly property bool billsLow: Look.lowReach && !Look.wide && body.billsTitle !== ""

    Component {
        id: billList

        Column {
            width: parent.width
            spacing: Look.px(16)

            Label {
                width: parent.width
                visible: text !== ""
                text: screen.body.billsTitle
                size: 42
                font.weight: Font.DemiBold
            }

            Repeater {
                model: screen.body.bills.length

                Bill {
                    required property int index
                    readonly property var told: screen.body.bills[index] ?? Look.nothing
                    objectName: told.name ?? ""
                    width: parent.width
                    title: told.title ?? ""
                    note: told.note ?? ""
                    sum: told.sum ?? ""
                    checked: told.ticked ?? false
                    choosing: told.choosing ?? false
                    onTapped: Look.intent(told.intent)
                }
            }
        }
    }

    Component {
        id: sumBlock

        SumBlock {
            body: screen.body
            sumSize: screen.aside || screen.little ? 78 : 104
        }
    }

    controls: [
        Loader {
            id: lowBills
            width: parent.width
            active: screen.body.bills.length > 0 && screen.billsLow
            visible: active
            sourceComponent: billList
        },
        Loader {
            width: parent.width
            active: screen.aside
            visible: active
            sourceComponent: sumBlock
        },
        Rectangle {
            id: panel
            objectName: "pay.panel"
            visible: screen.body.doTitle !== ""
            width: parent.width
            // The one thing to do takes what the rest leaves.
            readonly property real rest: (screen.aside ? Look.px(240) + Look.gap : 0) + (lowBills.active ? lowBills.height + Look.gap : 0) + (stepList.visible ? stepList.height + Look.gap : 0) + (numbers.visible ? numbers.height + Look.gap : 0) + screen.body.actions.length * (Look.px(Look.bigger ? 220 : 144) + Look.gap)
            height: Math.max(panelColumn.height + 2 * Look.px(screen.little ? 20 : Look.wide ? 32 : 40), screen.fitted(screen.roomToAct - rest, screen.aside ? 160 : screen.body.icon === "" ? 120 : Look.wide || Look.bigger || screen.body.bills.length > 0 ? 220 : 320, Look.wide ? 560 : 640))
            radius: Look.px(28)
            color: screen.ground
            border.color: screen.front
            border.width: Look.contrast ? Look.line : 0

            Column {
                id: panelColumn
                width: parent.width - 2 * Look.px(40)
                anchors.centerIn: parent
                spacing: Look.px(screen.little ? 12 : 24)

                Icon {
                    // Little height: the words and the buttons come before the picture.
                    visible: name !== "" && !(Look.bigger && screen.told) && !(Look.wide && (Look.bigger || Look.lowReach || screen.aside || screen.room < Look.px(660)))
                    anchors.horizontalCenter: parent.horizontalCenter
                    side: Look.px(Look.wide || screen.body.bills.length > 0 ? 88 : 152)
                    name: screen.body.icon
                    tint: screen.front
                }

                Label {
                    objectName: "pay.do"
                    width: parent.width
                    horizontalAlignment: Text.AlignHCenter
                    text: screen.body.doTitle
                    size: screen.little ? 46 : 58
                    font.weight: Font.DemiBold
                }

                Label {
                    width: parent.width
                    visible: text !== ""
                    horizontalAlignment: Text.AlignHCenter
                    text: screen.body.doText
                    size: 34
                }

                Row {
                    visible: screen.body.pin !== ""
                    anchors.horizontalCenter: parent.horizontalCenter
                    spacing: Look.px(16)

                    Icon {
                        id: shield
                        side: Look.px(44)
                        name: "shield-check"
                        tint: Look.colour.success
                    }

                    Label {
                        width: Math.min(implicitWidth, panelColumn.width - shield.width - Look.px(16))
                        anchors.verticalCenter: parent.verticalCenter
                        text: screen.body.pin
                        size: 34
                        color: Look.colour.success
                    }
                }
            }
        },
        Steps {
            id: stepList
            visible: !Look.wide && steps.length > 0
            width: parent.width
            steps: screen.body.steps
        },
        References {
            id: numbers
            visible: !Look.wide && references.length > 0
            width: parent.width
            references: screen.body.references
        },
        Repeater {
            model: screen.body.actions.length

            Button {
                required property int index
                readonly property var told: screen.body.actions[index] ?? Look.nothing
                objectName: told.name
                width: parent.width
                height: Math.max(implicitHeight, Look.px(told.kind === "main" ? (Look.wide ? 120 : 144) : 112))
                kind: told.kind
                size: told.kind === "main" ? (screen.little ? 46 : 58) : 42
                icon: told.icon
                text: told.text
                onTapped: Look.intent(told.intent)
            }
        }
    ]
}
