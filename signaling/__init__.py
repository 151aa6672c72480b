"""What passes between kiosks, consoles, browsers and the server: the protocol, the server, the client's link."""
