//! `instances`: the running processes of Rocket.Chat. Owned by them; we only read. MongoDB itself removes the entries of
//! those that have ended, after a while. Source: `docs/behaviour/live-updates.md` section 4.

use super::{Store, StoreError};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;

/// One process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    pub id: String,
    /// Where its instance layer listens, if it does.
    pub tcp: Option<(String, u16)>,
}

impl Instance {
    fn from_document(document: &Document) -> Option<Instance> {
        let id = document.get_str("_id").ok()?.to_owned();
        let more = document.get_document("extraInformation").ok();
        let port = more.and_then(|more| port(more.get("tcpPort")?));
        let host = more.and_then(|more| more.get_str("host").ok()).filter(|host| !host.is_empty());
        Some(Instance { id, tcp: host.map(str::to_owned).zip(port) })
    }
}

/// As a number, or as the text of an environment variable.
fn port(value: &Bson) -> Option<u16> {
    let port = match value {
        Bson::Int32(port) => u16::try_from(*port).ok(),
        Bson::Int64(port) => u16::try_from(*port).ok(),
        Bson::Double(port) => port.to_string().parse().ok(),
        Bson::String(port) => port.parse().ok(),
        _ => None,
    };
    port.filter(|port| *port > 0)
}

impl Store {
    /// All processes that are entered.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn instances(&self) -> Result<Vec<Instance>, StoreError> {
        let found = self
            .collection("instances")
            .find(doc! {})
            .projection(doc! {"extraInformation.host": 1, "extraInformation.tcpPort": 1})
            .await?;
        let documents: Vec<Document> = found.try_collect().await?;
        Ok(documents.iter().filter_map(Instance::from_document).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_reached_where_it_says_if_it_says_so() {
        let tcp = |more: Document| {
            let document = doc! {"_id": "i", "extraInformation": more};
            Instance::from_document(&document).expect("an instance").tcp
        };
        for port in [Bson::Int32(4000), Bson::Int64(4000), Bson::Double(4000.0), "4000".into()] {
            assert_eq!(tcp(doc! {"host": "a", "tcpPort": port}), Some(("a".to_owned(), 4000)));
        }
        for port in [Bson::Null, Bson::Int32(0), Bson::Int32(70_000), Bson::Double(0.5), "".into()] {
            assert_eq!(tcp(doc! {"host": "a", "tcpPort": port}), None);
        }
        assert_eq!(tcp(doc! {"tcpPort": 4000}), None);
        let bare = Instance { id: "i".to_owned(), tcp: None };
        assert_eq!(Instance::from_document(&doc! {"_id": "i"}), Some(bare));
        assert_eq!(Instance::from_document(&doc! {}), None);
    }
}
