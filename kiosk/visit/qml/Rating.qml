pragma ComponentBehavior: Bound
import QtQuick

// How it was: five large stars with words, and a way to say nothing.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})

    info: Heading {
        width: parent.width
        title: screen.body.title
        lead: screen.body.lead
    }

    controls: [
        Repeater {
            model: screen.body.stars.length

            Touchable {
                id: row
                required property int index
                readonly property var told: screen.body.stars[index] ?? Look.nothing
                readonly property bool chosen: screen.body.chosen === told.count
                objectName: "star." + told.count
                width: parent.width
                implicitHeight: Math.max(screen.fitted((screen.roomToAct - skip.height - 5 * Look.gap) / 5, 96, 176), label.height + Look.px(24))
                role: Accessible.RadioButton
                checked: chosen
                spoken: told.spoken
                color: held || chosen ? Look.colour.pressed : Look.colour.card
                border.color: chosen ? Look.colour.brand : Look.colour.edge
                onTapped: Look.intent({ "type": "rate", "stars": told.count })

                Row {
                    id: stars
                    x: Look.px(32)
                    anchors.verticalCenter: parent.verticalCenter
                    spacing: Look.px(8)

                    Repeater {
                        model: 5

                        Icon {
                            required property int index
                            side: Look.px(56)
                            name: index < row.told.count ? "star-filled" : "star"
                            tint: index < row.told.count ? Look.colour.brand : Look.colour.edge
                        }
                    }
                }

                Label {
                    id: label
                    x: stars.x + stars.width + Look.px(32)
                    width: parent.width - x - Look.px(24)
                    anchors.verticalCenter: parent.verticalCenter
                    text: row.told.text
                    size: 42
                    font.weight: Font.Medium
                    Accessible.ignored: true
                }
            }
        },
        Button {
            id: skip
            objectName: "skip_rating"
            width: parent.width
            size: 34
            icon: "arrow-right"
            text: screen.body.skip
            onTapped: Look.intent({ "type": "rate", "stars": null })
        }
    ]
}
