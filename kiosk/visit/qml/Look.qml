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
    property double lastTap: 0
    property bool called: false
    property int surprised: 0 // milliseconds in which nobody can have seen that a call has come up
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

    // A tap just after the screen has changed under it was meant for the old screen: a second one on the same place, and
    // any where a call has come up by itself.
    function meant(x: real, y: real): bool {
        const now = Date.now();
        const same = Math.abs(x - lastX) < px(120) && Math.abs(y - lastY) < px(120);
        const early = now - stepChangedAt < (slower ? 800 : 350);
        const surprise = called && stepChangedAt - lastTap > 1500 && now - stepChangedAt < surprised * (slower ? 2 : 1);
        lastX = x;
        lastY = y;
        lastTap = now;
        return !(early && same) && !surprise;
    }

    function icon(name: string, colour: color): string {
        return "image://icons/" + name + "/" + String(colour).replace("#", "");
    }
}
