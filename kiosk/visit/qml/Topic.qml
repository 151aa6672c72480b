pragma ComponentBehavior: Bound
import QtQuick

// What the talk is about, so that the right person answers.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})

    info: [
        Heading {
            width: parent.width
            title: screen.body.title
            lead: screen.body.lead
        },
        NoticeBox {
            objectName: "wait"
            width: parent.width
            tone: screen.body.notice.tone
            text: screen.body.notice.text
        }
    ]

    controls: Repeater {
        model: screen.body.topics.length

        Tile {
            required property int index
            readonly property var told: screen.body.topics[index] ?? Look.nothing
            objectName: "topic." + told.name
            width: parent.width
            height: Math.max(implicitHeight, screen.fitted((screen.roomToAct - 3 * Look.gap) / 4, 136, 232))
            icon: told.icon
            title: told.title
            note: told.note
            enabled: !screen.body.busy
            onTapped: Look.intent({ "type": "talk", "topic": told.name })
        }
    }
}
