//! Packets of the moleculer protocol, version 4. A receiver of an EVENT packet looks at its version only: who sends
//! it need not be a node.

use super::Event;
use crate::random;
use crate::release::InstanceEvents;
use bson::error::Error;
use serde_json::{Value, json};

const VERSION: &str = "4";
/// The packet type EVENT in the frame of the TCP transporter.
const EVENT: u8 = 1;
const FRAME_HEADER: usize = 6;

/// What we call ourselves in packets. Without dots: it is part of a NATS subject.
#[derive(Debug, Clone)]
pub struct Sender(String);

impl Sender {
    #[must_use]
    pub fn new() -> Sender {
        Sender(format!("rc-account-{}", random::hex(8)))
    }

    #[must_use]
    pub fn id(&self) -> &str {
        &self.0
    }

    /// Asks every node to tell us what it is.
    #[must_use]
    pub fn discover(&self) -> String {
        json!({"ver": VERSION, "sender": self.0}).to_string()
    }

    /// For a service: the arguments are the payload.
    ///
    /// # Errors
    /// When the event holds broken BSON.
    pub fn to_services(&self, event: &Event) -> Result<String, Error> {
        Ok(self.event(event.name(), &event.arguments()?))
    }

    /// For a whole Rocket.Chat: its instance layer raises the event that is wrapped into its own. In both forms where
    /// it is not certain which one is understood; the other is then an event for which nobody has registered.
    ///
    /// # Errors
    /// When the event holds broken BSON.
    pub fn to_instances(&self, event: &Event, form: InstanceEvents) -> Result<Vec<String>, Error> {
        let (name, args) = (event.name(), event.arguments()?);
        let broadcast = || {
            let wrapped = json!({"eventName": name, "args": args});
            let data = json!({"streamName": "local", "eventName": "broadcast", "args": [wrapped]});
            self.event("broadcast", &data)
        };
        let plain = || self.event("event", &json!({"event": name, "args": args}));
        Ok(match form {
            InstanceEvents::Broadcast => vec![broadcast()],
            InstanceEvents::BroadcastAndEvent => vec![broadcast(), plain()],
            InstanceEvents::Event => vec![plain()],
        })
    }

    fn event(&self, name: &str, data: &Value) -> String {
        json!({
            "ver": VERSION, "sender": self.0, "id": bson::Uuid::new().to_string(), "event": name, "data": data,
            "groups": null, "broadcast": true, "meta": {}, "level": 1, "tracing": null, "parentID": null,
            "requestID": null, "caller": null, "needAck": null,
        })
        .to_string()
    }
}

/// An EVENT packet as the TCP transporter expects it; `None` if it is too long for that.
#[must_use]
pub fn frame(packet: &str) -> Option<Vec<u8>> {
    let length = i32::try_from(packet.len() + FRAME_HEADER).ok()?;
    let [a, b, c, d] = length.to_be_bytes();
    let mut frame = Vec::with_capacity(packet.len() + FRAME_HEADER);
    frame.extend([a ^ b ^ c ^ d ^ EVENT, a, b, c, d, EVENT]);
    frame.extend(packet.as_bytes());
    Some(frame)
}

#[cfg(test)]
mod tests {
    use super::super::Named;
    use super::*;

    fn renamed() -> Event {
        Event::NameChanged(Named { id: "u".to_owned(), name: None, username: Some("n".to_owned()) })
    }

    fn read(packet: &str) -> Value {
        let mut packet: Value = serde_json::from_str(packet).expect("JSON");
        let id = packet["id"].take();
        assert_eq!(id.as_str().map(str::len), Some(36), "{id}");
        packet
    }

    #[test]
    fn services_get_the_arguments_and_instances_get_them_wrapped() {
        let sender = Sender("me".to_owned());
        let expected = |event: &str, data: Value| {
            json!({
                "ver": "4", "sender": "me", "id": null, "event": event, "data": data, "groups": null,
                "broadcast": true, "meta": {}, "level": 1, "tracing": null, "parentID": null,
                "requestID": null, "caller": null, "needAck": null,
            })
        };
        let arguments = json!([{"_id": "u", "username": "n"}]);
        let packet = sender.to_services(&renamed()).expect("whole");
        assert_eq!(read(&packet), expected("user.nameChanged", arguments.clone()));
        let wrapped = json!({"eventName": "user.nameChanged", "args": arguments.clone()});
        let data = json!({"streamName": "local", "eventName": "broadcast", "args": [wrapped]});
        let old = expected("broadcast", data);
        let new = expected("event", json!({"event": "user.nameChanged", "args": arguments}));
        for (form, packets) in [
            (InstanceEvents::Broadcast, vec![old.clone()]),
            (InstanceEvents::BroadcastAndEvent, vec![old, new.clone()]),
            (InstanceEvents::Event, vec![new]),
        ] {
            let sent = sender.to_instances(&renamed(), form).expect("whole");
            assert_eq!(sent.iter().map(|packet| read(packet)).collect::<Vec<_>>(), packets);
        }
        assert_eq!(sender.discover(), r#"{"ver":"4","sender":"me"}"#);
        assert!(!Sender::new().id().contains('.'));
    }

    #[test]
    fn a_frame_begins_with_its_checksum_length_and_type() {
        assert_eq!(frame("{}").expect("short"), [9, 0, 0, 0, 8, 1, b'{', b'}']);
        let long = frame(&"x".repeat(0x1_0203 - FRAME_HEADER)).expect("short");
        assert_eq!(long[..FRAME_HEADER], [1, 0, 1, 2, 3, 1]);
        assert_eq!(long.len(), 0x1_0203);
    }
}
