pragma ComponentBehavior: Bound
import QtQuick

// Something came to its end: what happened, what is safe, what can be done next.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})
    readonly property color front: body.tone === "success" ? Look.colour.success : body.tone === "warning" ? Look.colour.warning : body.tone === "danger" ? Look.colour.danger : Look.colour.brand
    readonly property color ground: body.tone === "success" ? Look.colour.success_tint : body.tone === "warning" ? Look.colour.warning_tint : body.tone === "danger" ? Look.colour.danger_tint : Look.colour.brand_tint

    info: [
        Rectangle {
            visible: !(Look.wide && Look.bigger) // large print in landscape: the words need the room
            width: Look.px(176)
            height: width
            radius: width / 2
            color: screen.ground
            border.color: screen.front
            border.width: Look.contrast ? Look.line : 0

            Icon {
                anchors.centerIn: parent
                side: Look.px(104)
                name: screen.body.icon
                tint: screen.front
            }
        },
        Heading {
            width: parent.width
            size: Look.wide && Look.bigger ? 52 : 76
            title: screen.body.title
            lead: screen.body.lead
        },
        NoticeBox {
            objectName: "notice"
            width: parent.width
            tone: screen.body.notice.tone
            text: screen.body.notice.text
        }
    ]

    controls: [
        References {
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
                height: Math.max(implicitHeight, Look.px(128))
                kind: told.kind
                size: 42
                icon: told.icon
                text: told.text
                onTapped: Look.intent(told.intent)
            }
        }
    ]
}
