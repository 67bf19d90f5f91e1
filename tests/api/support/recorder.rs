use super::dump::INSTANCES;
use mongodb::bson::Document;
use rc_account::store::{CommandEvent, EventHandler};
use std::sync::{Arc, Mutex};

/// What happens before the service's next command, when it is time by the names of those that it has sent.
pub type Intrusion = Arc<Mutex<Option<(fn(&[String]) -> bool, Box<dyn FnOnce() + Send>)>>>;

/// The commands on `users`, once they are kept.
pub type UserCommands = Arc<Mutex<Option<Vec<Document>>>>;

/// Notes the names of commands, without those of the watching of settings and of the heartbeat.
pub fn recorder(
    commands: Arc<Mutex<Vec<String>>>,
    user_commands: UserCommands,
    intrusion: Intrusion,
) -> EventHandler<CommandEvent> {
    EventHandler::callback(move |event| {
        if let CommandEvent::Started(started) = event
            && !["hello", "getMore", "endSessions"].contains(&started.command_name.as_str())
            && started.command.get_str(&started.command_name).ok() != Some(INSTANCES)
        {
            if started.command.get_str(&started.command_name).ok() == Some("users")
                && let Some(kept) = user_commands.lock().expect("commands").as_mut()
            {
                kept.push(started.command.clone());
            }
            let mut commands = commands.lock().expect("commands");
            let due = intrusion.lock().expect("the intrusion").take_if(|(is_time, _)| is_time(&commands));
            commands.push(started.command_name);
            drop(commands);
            due.into_iter().for_each(|(_, intrude)| intrude());
        }
    })
}
