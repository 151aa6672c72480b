pragma ComponentBehavior: Bound
import QtQuick

// The number, the promise as a band, who is ahead, and useful things to do meanwhile.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})

    sink: body.called ? 0.35 : 0.15

    info: [
        Label {
            width: parent.width
            text: screen.body.numberTitle
            size: 42
            color: Look.colour.ink2
        },
        Flow {
            width: parent.width
            spacing: Look.px(48)

            Label {
                id: number
                objectName: "ticket_number"
                width: Math.min(implicitWidth, parent.width)
                visible: text !== ""
                text: screen.body.number
                size: Look.wide ? (Look.bigger ? 78 : 104) : 144
                figures: true
                font.weight: Font.Bold
                color: Look.colour.brand
                lineHeight: 1
            }

            Label {
                objectName: "ticket_code"
                visible: text !== ""
                height: number.height
                verticalAlignment: Text.AlignVCenter
                text: screen.body.code
                size: Look.wide || Look.bigger ? 42 : 58
                figures: true
                font.weight: Font.DemiBold
            }
        },
        Label {
            objectName: "proof"
            width: parent.width
            visible: text !== ""
            text: screen.body.proof
            size: 28
            color: Look.colour.ink2
        },
        Card {
            width: parent.width
            color: screen.body.called ? Look.colour.success_tint : Look.colour.card
            border.color: screen.body.called ? Look.colour.success : Look.colour.line
            border.width: screen.body.called ? 2 * Look.line : Look.line

            Icon {
                visible: screen.body.called
                name: "video"
                side: Look.px(Look.wide ? 88 : 120)
                tint: Look.colour.success
            }

            Label {
                objectName: "promise"
                width: parent.width
                text: screen.body.promise
                size: Look.wide ? 42 : 58
                font.weight: Font.DemiBold
            }

            Label {
                objectName: "ahead"
                width: parent.width
                visible: text !== ""
                text: screen.body.ahead
                size: 34
            }

            Label {
                width: parent.width
                visible: text !== ""
                text: screen.body.kept
                size: 34
                color: Look.colour.ink2
            }
        }
    ]

    controls: [
        NoticeBox {
            objectName: "notice"
            width: parent.width
            tone: screen.body.notice.tone
            text: screen.body.notice.text
        },
        Button {
            objectName: "here"
            visible: text !== ""
            width: parent.width
            height: Math.max(implicitHeight, Look.px(144))
            kind: "main"
            size: 42
            icon: "hand"
            text: screen.body.here
            onTapped: Look.intent({ "type": "confirm" })
        },
        Label {
            width: parent.width
            visible: text !== ""
            text: screen.body.meanwhile
            size: 42
            font.weight: Font.DemiBold
        },
        Repeater {
            model: screen.body.services.length

            Tile {
                required property int index
                readonly property var told: screen.body.services[index] ?? Look.nothing
                objectName: "service." + told.name
                width: parent.width
                height: Math.max(implicitHeight, Look.px(Look.wide ? 136 : 160))
                titleSize: Look.wide ? 42 : 50
                noteSize: Look.wide ? 28 : 34
                icon: told.icon
                title: told.title
                note: told.note
                onTapped: Look.intent({ "type": "open_service", "service": told.name })
            }
        },
        Label {
            width: parent.width
            visible: screen.body.mayGo && !(Look.wide && Look.bigger)
            text: screen.body.away
            size: 34
            color: Look.colour.ink2
        },
        Grid {
            id: away
            visible: screen.body.mayGo
            width: parent.width
            columns: Look.bigger && !Look.wide ? 1 : 2
            spacing: Look.gap
            readonly property int each: Math.floor((width - (columns - 1) * spacing) / columns)

            Button {
                objectName: "call_me_back"
                width: away.each
                size: 34
                icon: "phone"
                text: screen.body.callBack
                onTapped: Look.intent({ "type": "call_me_back" })
            }

            Button {
                objectName: "pause"
                width: away.each
                size: 34
                icon: "clock"
                text: screen.body.pause
                onTapped: Look.intent({ "type": "pause" })
            }
        },
        Button {
            objectName: "stay"
            visible: screen.body.asked
            width: parent.width
            height: Math.max(implicitHeight, Look.px(144))
            kind: "main"
            size: 42
            icon: "check"
            text: screen.body.stay
            onTapped: Look.intent({ "type": "open_service", "service": "talk" })
        },
        Button {
            objectName: "leave_line"
            visible: screen.body.canLeave
            width: parent.width
            size: 34
            icon: "x"
            text: screen.body.leave
            onTapped: Look.intent({ "type": "leave_line" })
        }
    ]
}
