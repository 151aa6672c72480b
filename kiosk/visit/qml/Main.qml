pragma ComponentBehavior: Bound
import QtQuick

// The visit's window: bars that stay, a screen between them, panels above. It shows a view and sends intents.
Rectangle {
    id: main

    property var tokens: ({})
    property var colours: ({})
    property var view: null
    property var clock: ({})
    property real millimetre: 0
    property int surprised: 0
    property Item remoteVideo: null
    property Item localVideo: null
    readonly property bool loaded: view !== null
    readonly property bool full: loaded && view.full
    property string shownStep: ""
    // A screen of another shape than 9 to 16 is short on one side: everything fits into that.
    readonly property real fitting: Math.min(Math.min(width, height) / tokens.reference_width, Math.max(width, height) / (tokens.reference_width * 16 / 9))
    property alias easeOpen: ease.open
    property int lingers: 30000 // milliseconds in which ease of use stays open before a visit that nobody has begun

    signal intent(var message)

    color: Look.colour.paper

    Binding {
        target: Look
        property: "tokens"
        value: main.tokens
    }

    Binding {
        target: Look
        property: "wide"
        value: main.width > main.height
    }

    Binding {
        target: Look
        property: "unit"
        value: Math.max(main.fitting, Math.min(main.millimetre * main.tokens.target.millimetres / main.tokens.target.least, 1.25 * main.fitting))
    }

    Binding {
        target: Look
        property: "colour"
        value: Look.contrast ? main.colours.contrast : main.colours.normal
    }

    Binding {
        target: Look
        property: "surprised"
        value: main.surprised
    }

    Binding {
        target: Look
        property: "remoteVideo"
        value: main.remoteVideo
    }

    Binding {
        target: Look
        property: "localVideo"
        value: main.localVideo
    }

    Connections {
        target: Look

        function onIntent(message: var) {
            main.intent(message);
        }
    }

    // Shows a view: a new screen only when the step has changed, otherwise the same screen with new values.
    function show(view: var) {
        Look.bigger = view.ease.bigger;
        Look.slower = view.ease.slower;
        Look.contrast = view.ease.contrast;
        Look.lowReach = view.ease.low_reach;
        main.view = view;
        if (view.screen !== shownStep) {
            if (shownStep !== "attract")
                ease.open = false;
            if (shownStep !== "")
                Look.stepChangedAt = Date.now();
            shownStep = view.screen;
            Look.called = shownStep === "call";
            screen.setSource(view.file, {
                "body": view.body,
                "words": view.words,
                "clock": Qt.binding(() => main.clock)
            });
        } else if (screen.item) {
            screen.item.words = view.words; // qmllint disable missing-property
            screen.item.body = view.body; // qmllint disable missing-property
        }
    }

    TopBar {
        id: topBar
        visible: main.loaded && !main.full
        width: parent.width
        height: visible ? implicitHeight : 0
        told: main.loaded ? main.view.top : { "who": "", "where": "", "languages": [] }
    }

    Column {
        id: banners
        y: Look.lowReach ? lowLanguages.y - height : topBar.height
        width: parent.width

        Strip {
            visible: main.loaded && !main.full && main.view.strip.kind !== ""
            width: parent.width
            told: main.loaded ? main.view.strip : { "kind": "", "title": "", "text": "", "button": "" }
        }

        Rectangle {
            objectName: "offline"
            property string text: main.loaded ? main.view.offline : ""
            visible: text !== "" && !main.full
            width: parent.width
            height: visible ? Math.max(Look.px(88), away.height + Look.px(32)) : 0
            color: Look.colour.warning_tint
            border.color: Look.colour.warning
            border.width: Look.contrast ? Look.line : 0

            Icon {
                id: cloud
                x: Look.margin
                anchors.verticalCenter: parent.verticalCenter
                name: "wifi-off"
                tint: Look.colour.warning
            }

            Label {
                id: away
                x: cloud.x + cloud.width + Look.gap
                width: parent.width - x - Look.margin
                anchors.verticalCenter: parent.verticalCenter
                text: parent.text
                size: 28
                font.weight: Font.Medium
                color: Look.colour.warning
            }
        }
    }

    Loader {
        id: screen
        y: main.full ? 0 : topBar.height + (Look.lowReach ? 0 : banners.height)
        width: main.width
        height: (main.full ? main.height : Look.lowReach ? banners.y : lowLanguages.y) - y
    }

    Connections {
        target: screen.item
        ignoreUnknownSignals: true

        function onEaseTapped() {
            ease.open = true;
        }
    }

    Rectangle {
        id: lowLanguages
        readonly property bool shown: Look.lowReach && !main.full && main.loaded
        y: bottomBar.y - height
        width: parent.width
        height: shown ? Look.px(116) : 0
        visible: shown
        color: Look.colour.card

        Languages {
            x: Look.margin
            anchors.verticalCenter: parent.verticalCenter
            told: topBar.told
        }
    }

    BottomBar {
        id: bottomBar
        visible: main.loaded && !main.full
        width: parent.width
        height: visible ? implicitHeight : 0
        y: parent.height - height
        told: main.loaded ? main.view.bottom : { "back": "", "ease": "", "talk": "", "finish": "", "canGoBack": false, "canTalk": false, "canFinish": false }
        onEaseTapped: ease.open = true
    }

    AskPanel {
        objectName: "ask.panel"
        y: topBar.height + (Look.lowReach ? 0 : banners.height)
        width: parent.width
        height: bottomBar.y - y
        visible: main.loaded && !main.full && main.view.ask.title !== ""
        ask: main.loaded ? main.view.ask : { "title": "", "value": "", "text": "", "answers": [] }
    }

    Timer {
        interval: main.lingers
        running: ease.open && main.shownStep === "attract"
        onTriggered: ease.open = false
    }

    EasePanel {
        id: ease
        objectName: "ease.panel"
        anchors.fill: parent
        told: main.loaded ? main.view.easePanel : { "title": "", "close": "", "switches": [] }
    }

    IdlePanel {
        objectName: "idle.panel"
        anchors.fill: parent
        told: main.loaded ? main.view.idle : { "title": "", "text": "", "button": "" }
    }
}
