//! The watches of the random server.

use core::time::Duration;

use bytes::Bytes;
use watch_core::ResponseHead;

use super::answer::{Answer, DURING, Fact, Pause};
use super::asked::{Asked, Class};
use super::documents::json;
use super::refusal::{error_json, status_json};
use super::server::Server;
use super::store::{Change, Kind};
use super::watch_oddity::WatchOddity;

/// The documents of a watch, with the pause before each.
#[derive(Debug, Default)]
struct Script(Vec<(Pause, String)>);

impl Server {
    /// Answers a watch.
    pub(super) fn watch(&mut self, asked: &Asked, oddity: Option<WatchOddity>) -> Answer {
        use WatchOddity as Odd;
        let mut answer = Answer::default();
        let mut head = ResponseHead::new(200);
        head = match oddity {
            Some(Odd::Html) => head.with_content_type("text/html"),
            Some(Odd::OctetStream) => head.with_content_type("application/octet-stream; charset=utf-8"),
            Some(Odd::Gzip) => head.with_header("content-encoding", "gzip"),
            Some(Odd::DecompressedGarbage) => head.with_decompressed(true),
            _ if self.rng.one_in(2) => head.with_content_type("application/json;charset=utf-8"),
            _ => head,
        };
        answer.add(self.cutter.before_head(&mut self.rng), Fact::Head(head));
        let script = self.script(asked, oddity);
        self.deliver(&mut answer, script, oddity);
        self.finish(&mut answer, asked, oddity);
        answer
    }

    fn script(&mut self, asked: &Asked, oddity: Option<WatchOddity>) -> Script {
        use WatchOddity as Odd;
        let mut script = Script::default();
        let from = asked.version.as_deref().and_then(|text| self.versions.read(text));
        match asked.class {
            Class::StreamingList => self.initial_events(&mut script, oddity),
            Class::Unversioned => self.all_objects(&mut script),
            _ if self.repeats_objects || oddity == Some(Odd::Repeats) => self.all_objects(&mut script),
            _ => {
                let missed: Vec<Change> =
                    self.store.after(from.unwrap_or_else(|| self.store.present())).cloned().collect();
                missed.iter().for_each(|change| self.change(&mut script, change));
            }
        }
        let live = self.rng.skewed(6) - 1;
        let at = self.rng.below(live + 1);
        for index in 0..=live {
            if let Some(oddity) = oddity.filter(|_| index == at) {
                self.odd_documents(&mut script, oddity);
            }
            if index < live {
                self.document(&mut script, asked);
            }
        }
        script
    }

    /// Adds an event or a bookmark of a correct server.
    fn document(&mut self, script: &mut Script, asked: &Asked) {
        if asked.bookmarks && self.rng.one_in(4) {
            let version = self.versions.of_list(self.store.present());
            let bookmark = self.writing.bookmark(Some(&json(&version)), None);
            self.say(script, bookmark);
        } else {
            let change = self.store.write(&mut self.rng);
            self.change(script, &change);
        }
    }

    fn say(&mut self, script: &mut Script, document: String) {
        let pause = if self.rng.one_in(self.density) { Pause::draw(&mut self.rng) } else { Pause::None };
        script.0.push((pause, document));
    }

    fn change(&mut self, script: &mut Script, change: &Change) {
        let version = match change.kind {
            Kind::Deleted if self.old_deletions => change.before,
            _ => change.object.version,
        };
        self.event(script, change, version);
    }

    fn event(&mut self, script: &mut Script, change: &Change, version: u128) {
        let name = match change.kind {
            Kind::Added => "ADDED",
            Kind::Modified => "MODIFIED",
            Kind::Deleted => "DELETED",
        };
        let object = self.writing.object(&change.object, &self.versions.text(version));
        let event = self.writing.event(name, &object);
        self.say(script, event);
    }

    fn all_objects(&mut self, script: &mut Script) {
        let objects: Vec<_> = self.store.objects().cloned().collect();
        for object in objects {
            let version = object.version;
            self.event(script, &Change { kind: Kind::Added, object, before: 0 }, version);
        }
    }

    fn initial_events(&mut self, script: &mut Script, oddity: Option<WatchOddity>) {
        use WatchOddity as Odd;
        self.all_objects(script);
        if oddity == Some(Odd::DeletedPredecessor) && self.rng.one_in(2) || self.predecessors && self.rng.one_in(2) {
            self.deleted_predecessor(script);
        }
        if oddity == Some(Odd::ChangesBeforeMarker) {
            for _ in 0..self.rng.between(1, 3) {
                let change = self.store.write(&mut self.rng);
                self.change(script, &change);
            }
        }
        let present = self.store.present();
        let text = self.versions.of_list(present);
        let old = self.versions.of_list(present.saturating_sub(u128::from(self.rng.skewed(12))).max(1));
        let version = match oddity {
            Some(Odd::OldMarker) => Some(json(&old)),
            Some(Odd::MarkerWithoutVersion) => None,
            Some(Odd::ZeroMarker) => Some(json("0")),
            Some(Odd::LongMarker) => Some(json(&"7".repeat(4097))),
            _ => Some(json(&text)),
        };
        let end = match oddity {
            Some(Odd::NoMarker) => None,
            Some(Odd::FalseMarker) => Some(json("false")),
            _ => Some(json("true")),
        };
        let marker = self.writing.bookmark(version.as_deref(), end.as_deref());
        if oddity == Some(Odd::TwoMarkers) {
            self.say(script, marker.clone());
        }
        self.say(script, marker);
    }

    /// Begins a watch with objects, a change, a bookmark or a pause, and then repeats an object. A server that repeats
    /// objects does so only at the beginning; one that was restored from a backup may do so later.
    fn old_beginning(&mut self, script: &mut Script) {
        let earlier = self.store.earlier(&mut self.rng);
        script.0.clear();
        if self.rng.one_in(3) {
            self.all_objects(script);
        }
        match self.rng.below(6) {
            0..=2 => {
                let version = self.versions.of_list(self.store.present());
                let bookmark = self.writing.bookmark(Some(&json(&version)), None);
                self.say(script, bookmark);
            }
            3 => {
                let change = self.store.write(&mut self.rng);
                self.change(script, &change);
            }
            _ => {}
        }
        let Some(Change { object, .. }) = earlier else { return };
        // Mostly, it is older than the bookmark.
        let version = object.version.saturating_sub(u128::from(self.rng.below(4))).max(1);
        self.event(script, &Change { kind: Kind::Added, object, before: 0 }, version);
        if self.rng.one_in(3)
            && let Some((pause, _)) = script.0.last_mut()
        {
            *pause = Pause::For(Duration::from_millis(self.rng.pick(&[1000, 9999, 10_000, 10_001, 12_000])));
        }
    }

    /// Deletes an object with a name of the store and another uid.
    fn deleted_predecessor(&mut self, script: &mut Script) {
        let Some(Change { mut object, .. }) = self.store.earlier(&mut self.rng) else { return };
        object.uid = self.rng.pick(&[object.uid.saturating_sub(1), object.uid + 1, 0]);
        let version = self.store.present();
        self.event(script, &Change { kind: Kind::Deleted, object, before: version }, version);
    }

    fn odd_documents(&mut self, script: &mut Script, oddity: WatchOddity) {
        use WatchOddity as Odd;
        let present = self.store.present();
        let writing = self.writing;
        let bookmark = |version: &str| writing.bookmark(Some(&json(version)), None);
        let earlier = self.store.earlier(&mut self.rng);
        let documents: Vec<String> = match oddity {
            Odd::Error | Odd::ErrorFirst => {
                if oddity == Odd::ErrorFirst {
                    script.0.clear();
                }
                vec![writing.event("ERROR", &error_json(&mut self.rng))]
            }
            Odd::BareError => vec![status_json(&mut self.rng, 410) + "\n"],
            Odd::Bookmarks => (0..4).map(|n| bookmark(&self.versions.of_list(present + n))).collect(),
            Odd::SameBookmark => (0..4).map(|_| bookmark(&self.versions.of_list(present))).collect(),
            Odd::OldBookmark => {
                let older = present.saturating_sub(u128::from(self.rng.skewed(20))).max(1);
                vec![bookmark(&self.versions.of_list(older))]
            }
            Odd::BookmarkWithoutVersion => vec![writing.bookmark(None, None); 2],
            Odd::ZeroBookmark => vec![bookmark("0")],
            Odd::LongBookmark => vec![bookmark(&"8".repeat(4097))],
            Odd::OpaqueBookmark => vec![bookmark("opaque")],
            Odd::OldAdded | Odd::OldModified | Odd::OldDeleted => {
                let kind = match oddity {
                    Odd::OldAdded => Kind::Added,
                    Odd::OldModified => Kind::Modified,
                    _ => Kind::Deleted,
                };
                if let Some(Change { object, before, .. }) = earlier {
                    let version = object.version;
                    self.event(script, &Change { kind, object, before }, version);
                }
                return;
            }
            Odd::OldBeginning => return self.old_beginning(script),
            Odd::DeletedPredecessor => return self.deleted_predecessor(script),
            Odd::Duplicates => {
                let times = self.rng.between(1, 3);
                script.0.last().map(|(_, document)| vec![document.clone(); times as usize]).unwrap_or_default()
            }
            Odd::DeletedAtItsVersion => {
                let first = self.store.objects().next().cloned();
                if let Some(object) = first {
                    let version = object.version;
                    self.event(script, &Change { kind: Kind::Deleted, object, before: version }, version);
                }
                return;
            }
            Odd::Later => {
                if let Some(Change { object, .. }) = earlier {
                    let version = present + u128::from(self.rng.skewed(1_000_000));
                    self.event(script, &Change { kind: Kind::Modified, object, before: 0 }, version);
                }
                return;
            }
            Odd::Unreadable => vec![
                self.rng
                    .pick(&["{\"type\":\"ADDED\",]\n", "}\n", "nonsense\n", "\"text\"\n", "{\"type\":\"A\n\"}\n"])
                    .into(),
            ],
            Odd::UnknownType => vec![
                self.rng
                    .pick(&["{\"type\":\"CHANGED\",\"object\":{}}\n", "{\"object\":{}}\n", "{\"type\":\"ADDED\"}\n"])
                    .into(),
            ],
            Odd::UnreadableObject
            | Odd::UnreadableInside
            | Odd::NoVersion
            | Odd::LongVersion
            | Odd::OpaqueVersion
            | Odd::Large
            | Odd::Deep => {
                let Some(Change { object, .. }) = earlier else { return };
                let version = match oddity {
                    Odd::NoVersion => String::new(),
                    Odd::LongVersion => "9".repeat(4097),
                    Odd::OpaqueVersion => "opaque".into(),
                    _ => self.versions.text(present + 1),
                };
                let json = writing.object(&object, &version);
                let json = match oddity {
                    Odd::UnreadableObject => json.replace("\"name\":\"", "\"name\":[],\"x\":\""),
                    Odd::UnreadableInside => json.replace("\"n\":", "\"m\":nul,\"n\":"),
                    Odd::Large => json.replace("\"v\":\"", &format!("\"v\":\"{}", "l".repeat(1100))),
                    Odd::Deep => {
                        json.replace("\"n\":", &format!("\"n\":{}1{},\"m\":", "[".repeat(260), "]".repeat(260)))
                    }
                    _ => json,
                };
                vec![writing.event(self.rng.pick(&["ADDED", "MODIFIED", "DELETED"]), &json)]
            }
            Odd::Spaces => vec!["\n".repeat(40), " ".into()],
            _ => return,
        };
        for document in documents {
            self.say(script, document);
        }
    }

    fn deliver(&mut self, answer: &mut Answer, script: Script, oddity: Option<WatchOddity>) {
        use WatchOddity as Odd;
        let rng = &mut self.rng;
        let slow = Pause::draw(rng);
        let last = script.0.len().saturating_sub(1);
        for (index, (pause, document)) in script.0.into_iter().enumerate() {
            let pause = if oddity == Some(Odd::Slow) { slow } else { pause };
            let document = match oddity {
                Some(Odd::Joined) => document.replace('\n', ""),
                Some(Odd::Cut) if index == last => {
                    let middle = rng.below(document.len() as u64) as usize;
                    String::from_utf8_lossy(&document.as_bytes()[..middle]).into_owned()
                }
                Some(Odd::DecompressedGarbage) => "\u{1f}garbage".into(),
                _ => document,
            };
            if oddity == Some(Odd::SlowPieces) {
                for piece in document.as_bytes().chunks(rng.pick(&[10, 40, 100])) {
                    answer.add(slow, Fact::Bytes(Bytes::copy_from_slice(piece)));
                }
            } else {
                self.cutter.body_after(rng, answer, document.as_bytes(), pause);
            }
        }
    }

    fn finish(&mut self, answer: &mut Answer, asked: &Asked, oddity: Option<WatchOddity>) {
        use WatchOddity as Odd;
        let its_time = Duration::from_secs(asked.seconds.unwrap_or(300));
        let rng = &mut self.rng;
        match oddity {
            Some(Odd::Silent) => {}
            Some(Odd::EndsAtOnce) => answer.add(Pause::None, Fact::End),
            Some(Odd::EndsEarly) => {
                let after = Duration::from_millis(rng.pick(&[1, 500, 999, 1000, 1001, 9000, 29_999, 30_000, 40_000]));
                answer.add(Pause::For(after), Fact::End);
            }
            Some(Odd::EndsBesideItsTime) => {
                let beside = rng.pick(&[-1001, -1000, -999, -1, 1, 2000, 14_999, 15_000]);
                let at = Duration::from_millis((its_time.as_millis() as u64).saturating_add_signed(beside));
                answer.add(Pause::SinceSent(at), Fact::End);
            }
            Some(Odd::Broken | Odd::Cut) => {
                let pause = Pause::draw(rng);
                let end = if rng.one_in(3) { Fact::End } else { Fact::Failed(rng.pick(&DURING)) };
                answer.add(pause, end);
            }
            _ if !self.ends_watches => {}
            _ if rng.one_in(4) => {
                let pause = Pause::draw(rng);
                self.end(answer, pause);
            }
            _ => answer.add(Pause::SinceSent(its_time), Fact::End),
        }
    }
}
