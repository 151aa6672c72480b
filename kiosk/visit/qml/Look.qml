pragma Singleton
pragma ComponentBehavior: Bound
import QtQuick

// The look every part draws with: colours, measures and ease of use, fed by Main.qml from tokens.json.
QtObject {
    id: look

    property var tokens: ({})
    property var colour: ({})
    property real unit: 1
    property bool bigger: false
    property bool slower: false
    property bool contrast: false
    property bool lowReach: false
    property bool wide: false
    property string family: "Inter"

    readonly property int margin: px(48)
    readonly property int gap: px(24)
    readonly property int gapSmall: px(16)
    readonly property int least: px(88)
    readonly property int tall: px(112)
    readonly property int motion: slower ? 0 : 120
    readonly property int line: Math.max(1, px(contrast ? 4 : 2))

    // The edge and the words of what cannot be touched now: in high contrast ink would look alive.
    readonly property color off: contrast ? "#8A8A8A" : colour.ink2
    readonly property color offEdge: contrast ? off : colour.edge

    property Item remoteVideo: null
    property Item localVideo: null

    property real lastX: -1
    property real lastY: -1
    property double stepChangedAt: 0

    // What a row of a list shows in the moment the list has become shorter and the row not yet gone.
    readonly property var nothing: ({ "name": "", "text": "", "icon": "", "kind": "plain", "title": "", "note": "", "state": "", "intent": {}, "code": "", "mark": "", "chosen": false, "on": false, "count": 0, "spoken": "", "value": "", "proof": "" })

    signal intent(var message)

    // Pixels of a measure given for a screen 1080 wide.
    function px(measure: real): int {
        return Math.round(measure * unit);
    }

    // Pixels of a text size, larger with "bigger".
    function type(measure: real): int {
        return Math.round(measure * unit * (bigger ? tokens.bigger : 1));
    }

    // A second tap on the same place just after the screen has changed under it was meant for the old screen.
    function meant(x: real, y: real): bool {
        const same = Math.abs(x - lastX) < px(120) && Math.abs(y - lastY) < px(120);
        const early = Date.now() - stepChangedAt < (slower ? 800 : 350);
        lastX = x;
        lastY = y;
        return !(same && early);
    }

    function icon(name: string, colour: color): string {
        return "image://icons/" + name + "/" + String(colour).replace("#", "");
    }
}
