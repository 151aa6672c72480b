pragma ComponentBehavior: Bound
import QtQuick

// Each language in its own words.
Page {
    id: screen

    property var body: ({})
    property var clock: ({})

    info: Repeater {
        model: screen.body.questions.length

        Label {
            required property int index
            width: parent.width
            text: screen.body.questions[index] ?? ""
            size: 58
            font.weight: Font.Bold
        }
    }

    controls: Repeater {
        model: screen.body.languages.length

        Tile {
            required property int index
            readonly property var told: screen.body.languages[index] ?? Look.nothing
            objectName: "language." + told.code + ".choice"
            width: parent.width
            height: Math.max(implicitHeight, screen.fitted((screen.roomToAct - 2 * Look.gap) / 3, 160, 224))
            mark: told.mark
            title: told.name
            titleSize: 58
            onTapped: Look.intent({ "type": "choose_language", "language": told.code })
        }
    }
}
