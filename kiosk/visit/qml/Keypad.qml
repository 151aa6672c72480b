pragma ComponentBehavior: Bound
import QtQuick

// The number pad: large keys, no letters; takes one digit away, or all.
Grid {
    id: keypad

    property var body: ({})
    readonly property list<string> keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "back", "0", "clear"]
    readonly property int keyWidth: Math.floor((width - 2 * spacing) / 3)
    // Height the whole pad may take.
    property real room: 0
    readonly property int keyHeight: Look.lowReach ? Look.px(96) : Math.round(Math.max(Look.px(92), Math.min(Look.px(156), (room - 3 * spacing) / 4)))

    columns: 3
    spacing: Look.px(20)

    Repeater {
        model: keypad.keys

        Button {
            id: key
            required property string modelData
            readonly property bool digit: modelData.length === 1
            objectName: "key." + modelData
            width: keypad.keyWidth
            height: Math.max(keypad.keyHeight, needed)
            size: digit ? 58 : 28
            upright: true
            text: digit ? modelData : modelData === "back" ? keypad.body.erase : keypad.body.clear
            icon: digit ? "" : modelData === "back" ? "delete" : "x"
            onTapped: Look.intent({ "type": "key", "key": modelData })
        }
    }
}
