pragma ComponentBehavior: Bound
import QtQuick

// One question; human help is the largest thing and tells the wait before it is asked.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})

    sink: 0.4

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
        },
        Button {
            objectName: "have_number"
            visible: Look.wide && screen.body.haveNumber !== ""
            width: parent.width
            icon: "ticket"
            text: screen.body.haveNumber
            onTapped: Look.intent({ "type": "have_number" })
        }
    ]

    controls: [
        Tile {
            id: talk
            objectName: "talk"
            width: parent.width
            height: Math.max(implicitHeight, screen.fitted((screen.roomToAct - Look.gap) * (Look.lowReach ? 0.2 : known.visible ? 0.34 : 0.44), 200, Look.wide ? 360 : 560))
            main: true
            arrow: false
            icon: screen.body.talk.icon
            titleSize: Look.lowReach || (Look.wide && Look.bigger) ? 42 : Look.wide ? 50 : 58
            noteSize: Look.wide && Look.bigger ? 28 : 34
            title: screen.body.talk.title
            note: screen.body.talk.note
            enabled: screen.body.talk.enabled
            onTapped: Look.intent({ "type": "open_service", "service": "talk" })
        },
        Tile {
            id: known
            objectName: "have_number"
            visible: !Look.wide && screen.body.haveNumber !== ""
            width: parent.width
            height: visible ? Math.max(implicitHeight, Look.px(Look.lowReach ? 112 : 136)) : 0
            titleSize: Look.lowReach ? 42 : 50
            noteSize: 34
            icon: "ticket"
            title: screen.body.haveNumber
            note: Look.lowReach || Look.bigger ? "" : screen.body.haveNumberNote
            onTapped: Look.intent({ "type": "have_number" })
        },
        Grid {
            id: tiles
            width: parent.width
            // A few services are broad rows with large words; many stand in pairs.
            columns: Look.bigger || screen.body.services.length < 4 ? 1 : 2
            rows: Math.max(1, Math.ceil(screen.body.services.length / columns))
            spacing: Look.gap
            property real tallest: 0

            // Tiles of one row are as tall as the tallest.
            function measure() {
                let most = 0;
                for (let place = 0; place < all.count; place++)
                    most = Math.max(most, (all.itemAt(place) as Tile)?.implicitHeight ?? 0);
                tallest = most;
            }

            Repeater {
                id: all
                model: screen.body.services.length

                Tile {
                    required property int index
                    readonly property var told: screen.body.services[index] ?? Look.nothing
                    objectName: "service." + told.name
                    width: tiles.columns === 1 ? tiles.width : Math.floor((tiles.width - tiles.spacing) / 2)
                    height: Math.max(tiles.tallest, screen.fitted((screen.roomToAct - talk.height - (known.visible ? known.height + Look.gap : 0) - tiles.rows * Look.gap) / tiles.rows, 136, Look.lowReach ? 152 : 320))
                    onImplicitHeightChanged: tiles.measure()
                    Component.onCompleted: tiles.measure()
                    stacked: tiles.columns === 2 && !(Look.wide && screen.roomToAct < Look.px(720))
                    arrow: tiles.columns === 1
                    icon: told.icon
                    titleSize: arrow && !Look.wide && !Look.lowReach ? 50 : 42
                    noteSize: arrow && !Look.wide && !Look.lowReach ? 34 : 28
                    title: told.title
                    note: told.note
                    onTapped: Look.intent({ "type": "open_service", "service": told.name })
                }
            }
        }
    ]
}
