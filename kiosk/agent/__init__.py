"""The kiosk's long-lived process, without Qt: the link, the money, the outbox, the devices and the visits.

``kiosk.agent.enrol.enrol`` makes a machine a kiosk; ``kiosk.agent.app.main`` runs it.
"""
