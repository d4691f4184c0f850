//! The lists of the random server.

use watch_core::{ResponseHead, TransportErrorKind};
use watch_test::check::Rng;

use super::answer::{Answer, Fact, Pause};
use super::asked::{Asked, Class};
use super::documents::{ListHead, json};
use super::server::Server;
use super::store::Stored;

/// How a list differs from that of a correct server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListOddity {
    /// Its version is the one of an earlier write.
    Older,
    /// Its version is older than all versions so far.
    Oldest,
    /// Its version is newer than the store by far.
    Newer,
    /// Each page has a version of its own.
    Mixed,
    NoVersion,
    EmptyVersion,
    ZeroVersion,
    LongVersion,
    OpaqueVersion,
    VersionIsNoText,
    /// The body ends in the middle, by the rules of HTTP.
    Cut,
    /// The body breaks off.
    Broken,
    /// The body is silent from the middle on.
    Stalled,
    /// The body is complete, but its end never comes.
    NoEnd,
    /// White space without an end.
    Spaces,
    /// Each piece comes after a pause.
    Slow,
    /// An item can't be read.
    UnreadableItem,
    /// A value within an item isn't JSON, which not every setting checks.
    UnreadableInside,
    LongItemVersion,
    NoItemVersion,
    LargeItem,
    DeepItem,
    SameItemTwice,
    Garbage,
    Trailing,
    NullItems,
    NoItems,
    OtherKind,
    /// A page without items, and a token.
    EmptyPages,
    /// Each page has a token: a new one, one of a circle that some pages lead to, or always the same.
    RisingTokens,
    CircularTokens,
    SameToken,
    LongToken,
    EmptyToken,
    UnreadableToken,
    /// A page of a list that ends.
    Pages,
    /// A page of a long list. About half of its pages are empty. The tokens of its pages continue this list.
    ScatteredItems,
    ManyItems,
    OddCount,
    Html,
    OctetStream,
    Gzip,
    /// The driver decompresses.
    Decompressed,
    DecompressedGarbage,
}

impl ListOddity {
    /// All oddities. An oddity that occurs several times is chosen more often.
    pub(super) const ALL: [Self; 51] = [
        Self::Older,
        Self::Older,
        Self::Oldest,
        Self::Newer,
        Self::Mixed,
        Self::NoVersion,
        Self::EmptyVersion,
        Self::ZeroVersion,
        Self::LongVersion,
        Self::OpaqueVersion,
        Self::VersionIsNoText,
        Self::Cut,
        Self::Broken,
        Self::Stalled,
        Self::NoEnd,
        Self::Spaces,
        Self::Slow,
        Self::UnreadableItem,
        Self::UnreadableInside,
        Self::LongItemVersion,
        Self::NoItemVersion,
        Self::LargeItem,
        Self::DeepItem,
        Self::SameItemTwice,
        Self::Garbage,
        Self::Trailing,
        Self::NullItems,
        Self::NoItems,
        Self::OtherKind,
        Self::EmptyPages,
        Self::RisingTokens,
        Self::RisingTokens,
        Self::CircularTokens,
        Self::CircularTokens,
        Self::CircularTokens,
        Self::CircularTokens,
        Self::SameToken,
        Self::LongToken,
        Self::EmptyToken,
        Self::UnreadableToken,
        Self::Pages,
        Self::Pages,
        Self::ScatteredItems,
        Self::ScatteredItems,
        Self::ManyItems,
        Self::OddCount,
        Self::Html,
        Self::OctetStream,
        Self::Gzip,
        Self::Decompressed,
        Self::DecompressedGarbage,
    ];
}

/// The most pages of a list that ends.
const PAGES: u64 = 15;

/// The pages of a long list.
const LONG: u64 = 30;

/// The beginning of the tokens of a long list.
const SCATTERED: char = 's';

/// The beginning of the tokens of a circle: `o<page>-<version>-<first>-<pages>`. The first pages aren't in it.
const CIRCLE: char = 'o';

impl Server {
    /// Answers a LIST. A token has the position of the next page: `c<page>-<version>`.
    pub(super) fn list(&mut self, asked: &Asked, oddity: Option<ListOddity>) -> Answer {
        use ListOddity as Odd;
        let rng = &mut self.rng;
        let is_scattered = asked.token.as_deref().is_some_and(|token| token.starts_with(SCATTERED));
        let is_circular = asked.token.as_deref().is_some_and(|token| token.starts_with(CIRCLE));
        let oddity = match () {
            () if is_scattered => Some(Odd::ScatteredItems),
            // Mostly, a circle goes on until the machine leaves it.
            () if is_circular && !rng.one_in(20) => Some(Odd::CircularTokens),
            () => oddity,
        };
        let (page, begun) = asked.token.as_deref().and_then(place).unwrap_or((1, None));
        let present = self.store.present();
        let version = match oddity {
            Some(Odd::Older) => present.saturating_sub(u128::from(rng.skewed(12))).max(1),
            Some(Odd::Oldest) => 1,
            Some(Odd::Newer) => present + u128::from(rng.skewed(1_000_000)),
            Some(Odd::Mixed) => present + page as u128,
            _ => begun.unwrap_or(present),
        };
        let text = self.versions.of_list(version);
        let version_json = match oddity {
            Some(Odd::NoVersion) => None,
            Some(Odd::EmptyVersion) => Some(json("")),
            Some(Odd::ZeroVersion) => Some(json("0")),
            Some(Odd::LongVersion) => Some(json(&"7".repeat(4097 - usize::from(rng.one_in(3))))),
            Some(Odd::OpaqueVersion) => Some(json("opaque:7")),
            Some(Odd::VersionIsNoText) => Some("17".into()),
            _ => Some(json(&text)),
        };
        let items = self.items(asked, oddity);
        let token = self.token(asked, oddity, page, version);
        let head = ListHead {
            version: version_json,
            token,
            remaining: match oddity {
                Some(Odd::OddCount) => Some(-7),
                _ => self.rng.one_in(3).then(|| self.rng.below(1000) as i64),
            },
        };
        let body = match oddity {
            Some(Odd::Garbage) => "{\"kind\":\"WidgetList\",]".into(),
            Some(Odd::NullItems) => self.writing.list(&head, &[]).replace("[]", "null"),
            Some(Odd::NoItems) => self.writing.list(&head, &[]).replace("\"items\"", "\"other\""),
            Some(Odd::OtherKind) => r#"{"kind":"Status","apiVersion":"v1","status":"Success"}"#.into(),
            Some(Odd::Trailing) => self.writing.list(&head, &items) + "\n{}",
            _ => self.writing.list(&head, &items),
        };
        self.delivered(oddity, body.as_bytes())
    }

    fn items(&mut self, asked: &Asked, oddity: Option<ListOddity>) -> Vec<String> {
        use ListOddity as Odd;
        if oddity == Some(Odd::EmptyPages) || asked.class == Class::Page && self.rng.one_in(6) {
            return Vec::new();
        }
        if oddity == Some(Odd::ScatteredItems) && self.rng.one_in(2) {
            return Vec::new();
        }
        let mut objects: Vec<Stored> = self.store.objects().cloned().collect();
        if asked.limit == Some(1) || asked.class == Class::Page {
            objects.truncate(1);
        }
        if oddity == Some(Odd::SameItemTwice) {
            objects.extend(objects.clone());
        }
        let writing = self.writing;
        let mut items: Vec<String> =
            objects.iter().map(|object| writing.item(object, &self.versions.text(object.version))).collect();
        let odd = match oddity {
            Some(Odd::UnreadableItem) => Some(r#"{"metadata":{"name":7,"resourceVersion":"9"}}"#.to_owned()),
            Some(Odd::UnreadableInside) => Some(writing.item(&stored(), "9").replace("\"n\":", "\"m\":nul,\"n\":")),
            Some(Odd::LongItemVersion) => Some(writing.item(&stored(), &"9".repeat(4097))),
            Some(Odd::NoItemVersion) => Some(writing.item(&stored(), "")),
            Some(Odd::LargeItem) => {
                Some(writing.item(&stored(), "9").replace("\"v\":\"", &format!("\"v\":\"{}", "l".repeat(1100))))
            }
            Some(Odd::DeepItem) => Some(
                writing
                    .item(&stored(), "9")
                    .replace("\"n\":", &format!("\"n\":{}1{},\"m\":", "[".repeat(260), "]".repeat(260))),
            ),
            _ => None,
        };
        items.extend(odd);
        if oddity == Some(Odd::ManyItems) {
            let item = writing.item(&stored(), "9");
            items.extend(core::iter::repeat_n(item, self.rng.between(1, 9) as usize));
        }
        items
    }

    fn token(&mut self, asked: &Asked, oddity: Option<ListOddity>, page: u64, version: u128) -> Option<String> {
        use ListOddity as Odd;
        let rng = &mut self.rng;
        let next = format!("c{}-{version}", page + 1);
        let token = match oddity {
            Some(Odd::RisingTokens) => next,
            Some(Odd::CircularTokens) => circle(rng, asked.token.as_deref(), page, version),
            Some(Odd::SameToken) => "c2".into(),
            Some(Odd::LongToken) => format!("{next}-{}", "t".repeat(rng.pick(&[30, 1000, 16_384, 16_400]))),
            Some(Odd::EmptyToken) => String::new(),
            Some(Odd::UnreadableToken) => return Some("17".into()),
            Some(Odd::ScatteredItems) if page < LONG => format!("{SCATTERED}{}-{version}", page + 1),
            Some(Odd::Pages | Odd::EmptyPages) if page < PAGES && !rng.one_in(12) => next,
            None if asked.limit.is_some_and(|limit| limit < 500) && page < 4 && rng.one_in(2) => next,
            _ if asked.class == Class::Version && rng.one_in(3) => next,
            _ => return None,
        };
        Some(json(&token))
    }

    /// Adds the head, the pieces of the body, and its end.
    fn delivered(&mut self, oddity: Option<ListOddity>, body: &[u8]) -> Answer {
        use ListOddity as Odd;
        let rng = &mut self.rng;
        let mut answer = Answer::default();
        let mut head = ResponseHead::new(200);
        head = match oddity {
            Some(Odd::Html) => head.with_content_type("text/html"),
            Some(Odd::OctetStream) => head.with_content_type("application/octet-stream"),
            Some(Odd::Gzip) => head.with_header("content-encoding", "gzip, identity"),
            Some(Odd::Decompressed | Odd::DecompressedGarbage) => head.with_decompressed(true),
            _ if rng.one_in(2) => head.with_content_type("application/json"),
            _ => head,
        };
        answer.add(self.cutter.before_head(rng), Fact::Head(head));
        let middle = rng.below(body.len() as u64 + 1) as usize;
        let body = match oddity {
            Some(Odd::Cut | Odd::Broken | Odd::Stalled) => &body[..middle],
            Some(Odd::DecompressedGarbage) => b"{\"kind\":\"List\",\"items\":[\x1f\x8b",
            _ => body,
        };
        if oddity == Some(Odd::Slow) {
            let pause = Pause::draw(rng);
            for piece in body.chunks(rng.pick(&[30, 90, 200])) {
                self.cutter.body_after(rng, &mut answer, piece, pause);
            }
        } else {
            self.cutter.body(rng, &mut answer, body);
        }
        let pause = if rng.one_in(8) { Pause::draw(rng) } else { Pause::None };
        match oddity {
            Some(Odd::Broken) => answer.add(pause, Fact::Failed(TransportErrorKind::Truncated)),
            Some(Odd::Stalled | Odd::NoEnd) => {}
            Some(Odd::Spaces) => {
                let pause = Pause::draw(rng);
                (0..12).for_each(|_| answer.add(pause, Fact::Bytes(bytes::Bytes::from_static(b"\n"))));
            }
            _ => answer.add(pause, Fact::End),
        }
        answer
    }
}

/// An object that isn't in the store.
const fn stored() -> Stored {
    Stored { key: 5, uid: 999, version: 9 }
}

/// Returns the next token of a circle. A list that enters a circle draws the first page and the number of pages of it.
fn circle(rng: &mut Rng, token: Option<&str>, page: u64, version: u128) -> String {
    let known = token.filter(|token| token.starts_with(CIRCLE)).and_then(|token| {
        let mut parts = token.rsplit('-').map(str::parse::<u64>);
        let (pages, first) = (parts.next()?.ok()?, parts.next()?.ok()?);
        Some((first, pages))
    });
    let (first, pages) = known.unwrap_or_else(|| (page + rng.skewed(9), rng.skewed(9)));
    let next = if page + 1 >= first + pages { first } else { page + 1 };
    format!("{CIRCLE}{next}-{version}-{first}-{pages}")
}

/// Reads the position in a token: the number of the page, and the version of the first page.
fn place(token: &str) -> Option<(u64, Option<u128>)> {
    let rest = token.strip_prefix(['c', SCATTERED, CIRCLE])?;
    let mut parts = rest.split('-');
    Some((parts.next()?.parse().ok()?, parts.next().and_then(|version| version.parse().ok())))
}
