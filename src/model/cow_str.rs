//! Texts of patterns.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize};

/// A text that is packed into the program, where it stays, or a user's own. To copy each of the thousands would take longer than
/// a small scan. What holds one can therefore be unpacked only from bytes that are never freed.
#[derive(Clone, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CowStr(Cow<'static, str>);

impl<'de: 'static> Deserialize<'de> for CowStr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&str>::deserialize(deserializer).map(|text| Self(Cow::Borrowed(text)))
    }
}

impl From<String> for CowStr {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl From<&str> for CowStr {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl AsRef<str> for CowStr {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Deref for CowStr {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for CowStr {
    fn borrow(&self) -> &str {
        self
    }
}

impl<S: AsRef<str> + ?Sized> PartialEq<S> for CowStr {
    fn eq(&self, other: &S) -> bool {
        **self == *other.as_ref()
    }
}

impl fmt::Display for CowStr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Debug for CowStr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}
