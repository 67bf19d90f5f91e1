//! A value of a nested form while it is being put together, and how two of them become one: as `qs` merges them.

use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A value that is being put together.
pub(super) enum Node {
    Text(String),
    /// What JavaScript makes of a text that is added to an object: a key that is true.
    True,
    /// By place, perhaps with gaps.
    List(BTreeMap<u32, Node>),
    Object(IndexMap<String, Node>),
}

pub(super) fn list(nodes: impl IntoIterator<Item = Node>) -> Node {
    Node::List((0..).zip(nodes).collect())
}

pub(super) fn merge_objects(target: &mut IndexMap<String, Node>, source: IndexMap<String, Node>) {
    for (key, node) in source {
        let merged = match target.get_mut(&key) {
            Some(place) => std::mem::replace(place, Node::True).merge(node),
            None => node,
        };
        target.insert(key, merged);
    }
}

impl Node {
    fn merge(self, source: Node) -> Node {
        match (self, source) {
            (target, Node::Text(text)) if text.is_empty() => target,
            (Node::List(mut target), source @ (Node::Text(_) | Node::True)) => {
                push(&mut target, source);
                Node::List(target)
            }
            (Node::Object(mut target), Node::Text(text)) => {
                target.insert(text, Node::True);
                Node::Object(target)
            }
            (Node::List(mut target), Node::List(source)) => {
                for (place, node) in source {
                    match target.remove(&place) {
                        None => {
                            target.insert(place, node);
                        }
                        Some(there @ (Node::List(_) | Node::Object(_)))
                            if matches!(node, Node::List(_) | Node::Object(_)) =>
                        {
                            target.insert(place, there.merge(node));
                        }
                        Some(there) => {
                            target.insert(place, there);
                            push(&mut target, node);
                        }
                    }
                }
                Node::List(target)
            }
            (Node::List(target), Node::Object(source)) => {
                let mut object = by_place(target);
                merge_objects(&mut object, source);
                Node::Object(object)
            }
            (Node::Object(mut target), Node::List(source)) => {
                merge_objects(&mut target, by_place(source));
                Node::Object(target)
            }
            (Node::Object(mut target), Node::Object(source)) => {
                merge_objects(&mut target, source);
                Node::Object(target)
            }
            (target, Node::List(source)) => list(std::iter::once(target).chain(source.into_values())),
            (target, source) => list([target, source]),
        }
    }

    /// Lists lose their gaps.
    pub(super) fn into_json(self) -> Value {
        match self {
            Node::Text(text) => Value::String(text),
            Node::True => Value::Bool(true),
            Node::List(nodes) => nodes.into_values().map(Node::into_json).collect(),
            Node::Object(nodes) => Value::Object(
                nodes.into_iter().map(|(key, node)| (key, node.into_json())).collect::<Map<_, _>>(),
            ),
        }
    }
}

fn push(list: &mut BTreeMap<u32, Node>, node: Node) {
    let next = list.last_key_value().map_or(0, |(last, _)| last.saturating_add(1));
    list.insert(next, node);
}

fn by_place(list: BTreeMap<u32, Node>) -> IndexMap<String, Node> {
    list.into_iter().map(|(place, node)| (place.to_string(), node)).collect()
}
