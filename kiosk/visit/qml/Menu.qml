pragma ComponentBehavior: Bound
import QtQuick

// One question; human help is the largest thing and tells the wait before it is asked.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})

    info: [
        NoticeBox {
            objectName: "notice"
            width: parent.width
            tone: screen.body.notice.tone
            text: screen.body.notice.text
        },
        Heading {
            width: parent.width
            title: screen.body.title
            lead: screen.body.lead
        }
    ]

    controls: [
        Tile {
            objectName: "talk"
            width: parent.width
            height: Math.max(implicitHeight, Look.px(Look.wide ? 280 : 340))
            main: true
            arrow: false
            icon: "video"
            titleSize: 58
            title: screen.body.talk.title
            note: screen.body.talk.note
            enabled: screen.body.talk.enabled
            onTapped: Look.intent({ "type": "open_service", "service": "talk" })
        },
        Grid {
            id: tiles
            width: parent.width
            columns: Look.bigger && !Look.wide ? 1 : 2
            spacing: Look.gap

            Repeater {
                model: screen.body.services.length

                Tile {
                    required property int index
                    readonly property var told: screen.body.services[index] ?? Look.nothing
                    objectName: "service." + told.name
                    width: tiles.columns === 1 ? tiles.width : Math.floor((tiles.width - tiles.spacing) / 2)
                    height: Math.max(implicitHeight, Look.px(Look.wide || tiles.columns === 1 ? 200 : 320))
                    stacked: tiles.columns === 2
                    icon: told.icon
                    title: told.title
                    note: told.note
                    onTapped: Look.intent({ "type": "open_service", "service": told.name })
                }
            }
        }
    ]
}
