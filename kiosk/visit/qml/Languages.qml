pragma ComponentBehavior: Bound
import QtQuick

// The languages, each by its own mark and spoken by its own name.
Row {
    id: languages

    property var told: ({})

    spacing: Look.gapSmall

    Repeater {
        model: languages.told.languages.length

        Button {
            id: language
            required property int index
            readonly property var one: languages.told.languages[index] ?? Look.nothing
            objectName: "language." + one.code
            width: Look.px(96)
            height: Look.px(92)
            role: Accessible.RadioButton
            checked: one.chosen
            kind: one.chosen ? "soft" : "plain"
            text: one.mark
            spoken: one.name
            size: 28
            pad: Look.px(8)
            onTapped: Look.intent({ "type": "choose_language", "language": one.code })
        }
    }
}
