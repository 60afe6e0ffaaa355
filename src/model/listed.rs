//! A pattern as a catalogue lists it.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::cow_str::CowStr;
use super::pattern::Pattern;
use super::probe::Probe;

/// A pattern with what every scan asks of it. The rest of one that is packed into the program stays packed until somebody asks:
/// to unpack all of thousands would take longer than a small scan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listed {
    /// The pattern's id.
    pub id: CowStr,
    /// Its probes; none if its values are searched for.
    pub probes: Box<[Probe]>,
    /// All of it in postcard's format.
    packed: &'static [u8],
    #[serde(skip)]
    whole: OnceLock<Arc<Pattern>>,
}

impl From<Pattern> for Listed {
    fn from(pattern: Pattern) -> Self {
        Self {
            id: pattern.id.clone(),
            probes: pattern.probes.clone(),
            packed: &[],
            whole: OnceLock::from(Arc::new(pattern)),
        }
    }
}

impl Listed {
    /// Packs a pattern, for as long as the program runs, and proves that it can be unpacked.
    pub fn packed(pattern: &Pattern) -> Result<Self, postcard::Error> {
        let packed = Vec::leak(postcard::to_stdvec(pattern)?);
        let unpacked: Pattern = postcard::from_bytes(packed)?;
        Ok(Self { packed, whole: OnceLock::new(), ..unpacked.into() })
    }

    /// All of the pattern.
    pub fn pattern(&self) -> &Arc<Pattern> {
        let unpack = || match postcard::from_bytes(self.packed) {
            Ok(pattern) => Arc::new(pattern),
            Err(error) => unreachable!("it was unpacked when it was packed: {error}"),
        };
        self.whole.get_or_init(unpack)
    }
}
