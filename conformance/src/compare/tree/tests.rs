use super::*;
use mongodb::bson::doc;

fn compared(trees: [Document; 3]) -> Vec<String> {
    let [original, repeat, candidate] = trees;
    let mut noise = Noise::default();
    noise.learn(&original, &repeat);
    let now = DateTime::now();
    let begun = Sides { original: now, repeat: now, candidate: now };
    let found = noise.compare(&Sides { original, repeat, candidate }, &begun);
    found.iter().map(|found| format!("{} {:?}", found.path.join("."), found.what)).collect()
}

#[test]
fn what_differs_only_in_the_candidate_is_told() {
    let original = || doc! {"a": 1, "b": {"c": "x", "d": [1, 2]}, "e": null};
    assert!(compared([original(), original(), original()]).is_empty());
    let candidate = doc! {"a": 1_i64, "b": {"c": "y", "d": [1, 2, 3]}, "f": true};
    let found = compared([original(), original(), candidate]);
    assert_eq!(found, ["a Differs", "b.c Differs", "b.d Differs", "e OnlyOriginal", "f OnlyCandidate"]);
}

#[test]
fn noise_is_compared_by_type_and_shape_alone() {
    let tree = |id: &str, n: i32| doc! {"id": id, "n": n, "same": "s", "list": vec![0; n as usize]};
    assert!(compared([tree("aaaa", 1), tree("bbbb", 2), tree("cccc", 3)]).is_empty());
    let candidate = doc! {"id": "ccccc", "n": "3", "same": "t", "list": []};
    let found = compared([tree("aaaa", 1), tree("bbbb", 2), candidate]);
    assert_eq!(found, ["id OtherShape", "n OtherShape", "same Differs"]);
    let found = compared([tree("aaaa", 1), tree("bbbb", 2), doc! {"same": "s", "list": []}]);
    assert_eq!(found, ["id OnlyOriginal", "n OnlyOriginal"]);
    let once = doc! {"x": 1};
    assert!(
        compared([once.clone(), doc! {}, doc! {}]).is_empty()
            && compared([doc! {}, once, doc! {}]).is_empty()
    );
}

#[test]
fn the_order_of_keys_counts_in_a_body_alone() {
    let one = || doc! {"body": {"a": 1, "b": {"c": 1, "d": 1}}};
    let other = doc! {"body": {"a": 1, "b": {"d": 1, "c": 1}}};
    assert_eq!(compared([one(), one(), other]), ["body.b OtherOrder"]);
    assert!(compared([doc! {"a": 1, "b": 1}, doc! {"a": 1, "b": 1}, doc! {"b": 1, "a": 1}]).is_empty());
}

#[test]
fn a_number_in_a_text_is_known_from_any_case() {
    let text = |n: i32| doc! {"text": format!("wait {n} s")};
    let mut noise = Noise::default();
    let now = DateTime::now();
    let begun = Sides { original: now, repeat: now, candidate: now };
    let trees = Sides { original: text(60), repeat: text(60), candidate: text(59) };
    assert_eq!(noise.compare(&trees, &begun).len(), 1);
    noise.learn(&text(58), &text(57));
    assert!(noise.compare(&trees, &begun).is_empty());
    assert_eq!(noise.places, BTreeMap::from([("text".to_owned(), 1)]));
}

#[test]
fn places_have_neither_numbers_nor_ids() {
    let path = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(place(&path("documents/users/abc/emails/0/address")), "documents.users.*.emails.*.address");
    assert_eq!(place(&path("answers/1/headers/date/0")), "answers.*.headers.date.*");
}
