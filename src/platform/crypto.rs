//! Secrecy at rest: what is sealed, how it is looked up, and the key ring behind both.
//!
//! - [`KeyRing::seal`] encrypts with XChaCha20-Poly1305, bound to the row and field it stands in,
//!   so that a ciphertext moved to another row does not open.
//! - [`KeyRing::digest`] is a keyed hash (HMAC-SHA-256) for look-up: the database can find a CPR
//!   number that it cannot read.
//! - Keys live in a key ring file (mode 0600). New text is sealed with the newest key; older keys
//!   stay to open older text until `brobygger keys rotate` has sealed it again.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::error::{Error, Result};
use super::files::write_private;

type HmacSha256 = Hmac<Sha256>;

/// The first byte of everything sealed: the format, so that it can change one day.
const FORMAT: u8 = 1;
const NONCE: usize = 24;
/// Format, key id, nonce.
const HEADER: usize = 1 + 4 + NONCE;
/// So much of a MAC is kept of a digest for look-up: nobody meets two texts with the same 128 bits,
/// and every index over digests has entries 16 bytes shorter.
const DIGEST_BYTES: usize = 16;

/// The file that holds the keys. Base64 of 32 random bytes each.
#[derive(Serialize, Deserialize)]
struct KeyFile {
    /// Key for look-up digests and chains; never rotated, since digests cannot be made again
    /// without the text.
    index: Zeroizing<String>,
    /// The key id that new text is sealed with.
    current: u32,
    /// Sealing keys by id.
    keys: BTreeMap<u32, Zeroizing<String>>,
}

/// The keys of one installation.
pub struct KeyRing {
    current: u32,
    ciphers: BTreeMap<u32, XChaCha20Poly1305>,
    lookup: HmacSha256,
    chain: HmacSha256,
    cursor: HmacSha256,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing(current: {})", self.current)
    }
}

/// Where a sealed value stands: its row and field. Opening anywhere else fails.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table and column, `patients.person`.
    pub field: &'a str,
    /// The id of the row.
    pub row: Uuid,
}

impl<'a> Place<'a> {
    /// The `field` of the row `row`.
    #[must_use]
    pub fn new(field: &'a str, row: Uuid) -> Self {
        Self { field, row }
    }

    fn associated_data(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(16 + self.field.len());
        data.extend_from_slice(self.row.as_bytes());
        data.extend_from_slice(self.field.as_bytes());
        data
    }
}

impl KeyRing {
    /// Reads the key ring at `path`, or makes one there (mode 0600). Says which.
    pub fn open_or_create(path: &Path) -> Result<(Self, bool)> {
        match std::fs::read(path) {
            Ok(bytes) => Ok((Self::parse(&bytes)?, false)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let file = KeyFile {
                    index: random_key()?,
                    current: 1,
                    keys: BTreeMap::from([(1, random_key()?)]),
                };
                write_private(
                    path,
                    &serde_json::to_vec_pretty(&file).map_err(Error::internal)?,
                )?;
                Ok((Self::from_file(&file)?, true))
            }
            Err(error) => Err(Error::internal(format_args!(
                "cannot read the key ring {}: {error}",
                path.display()
            ))),
        }
    }

    /// A key ring of random keys that is written nowhere, for tests.
    pub fn ephemeral() -> Result<Self> {
        Self::from_file(&KeyFile {
            index: random_key()?,
            current: 1,
            keys: BTreeMap::from([(1, random_key()?)]),
        })
    }

    /// Adds a sealing key to the ring at `path` and makes it the current one.
    pub fn add_key(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::internal)?;
        let mut file: KeyFile = serde_json::from_slice(&bytes).map_err(Error::internal)?;
        let next = file.keys.keys().max().map_or(1, |id| id + 1);
        file.keys.insert(next, random_key()?);
        file.current = next;
        write_private(
            path,
            &serde_json::to_vec_pretty(&file).map_err(Error::internal)?,
        )?;
        Self::from_file(&file)
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let file = serde_json::from_slice(bytes)
            .map_err(|error| Error::internal(format_args!("the key ring is not valid: {error}")))?;
        Self::from_file(&file)
    }

    fn from_file(file: &KeyFile) -> Result<Self> {
        let mut ciphers = BTreeMap::new();
        for (id, key) in &file.keys {
            let cipher =
                XChaCha20Poly1305::new_from_slice(&decode_key(key)?).map_err(Error::internal)?;
            ciphers.insert(*id, cipher);
        }
        if !ciphers.contains_key(&file.current) {
            return Err(Error::internal("the key ring lacks its current key"));
        }
        let index = decode_key(&file.index)?;
        // One purpose, one key: derived from the index key by labelled HMAC.
        let derive = |label: &str| -> Result<HmacSha256> {
            let mut mac = new_mac(index.as_slice())?;
            mac.update(label.as_bytes());
            new_mac(&mac.finalize().into_bytes())
        };
        Ok(Self {
            current: file.current,
            ciphers,
            lookup: derive("brobygger look-up")?,
            chain: derive("brobygger audit chain")?,
            cursor: derive("brobygger cursor")?,
        })
    }

    /// The id of the key that new text is sealed with.
    #[must_use]
    pub fn current(&self) -> u32 {
        self.current
    }

    /// The id of the key that `sealed` was sealed with.
    #[must_use]
    pub fn key_of(sealed: &[u8]) -> Option<u32> {
        let id = sealed.get(1..5)?;
        Some(u32::from_be_bytes(id.try_into().ok()?))
    }

    /// Encrypts `plain` for its place.
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>> {
        let cipher = self
            .ciphers
            .get(&self.current)
            .ok_or_else(|| Error::internal("the current key is gone"))?;
        let mut nonce = [0_u8; NONCE];
        random(&mut nonce)?;
        let text = cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: plain,
                    aad: &place.associated_data(),
                },
            )
            .map_err(|_| Error::internal("sealing failed"))?;
        let mut sealed = Vec::with_capacity(HEADER + text.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&self.current.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// Decrypts what stands at its place.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let failed =
            || Error::internal(format_args!("{} {} does not open", place.field, place.row));
        let (Some(&FORMAT), Some(key), Some(nonce), Some(text)) = (
            sealed.first(),
            Self::key_of(sealed),
            sealed.get(5..HEADER),
            sealed.get(HEADER..),
        ) else {
            return Err(failed());
        };
        let cipher = self.ciphers.get(&key).ok_or_else(failed)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| failed())?;
        cipher
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: text,
                    aad: &place.associated_data(),
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| failed())
    }

    /// Seals a value as JSON.
    pub fn seal_json<T: Serialize>(&self, place: Place<'_>, value: &T) -> Result<Vec<u8>> {
        let plain = Zeroizing::new(serde_json::to_vec(value).map_err(Error::internal)?);
        self.seal(place, &plain)
    }

    /// Opens a value sealed as JSON.
    pub fn open_json<T: DeserializeOwned>(&self, place: Place<'_>, sealed: &[u8]) -> Result<T> {
        let plain = self.open(place, sealed)?;
        serde_json::from_slice(&plain).map_err(|_| {
            Error::internal(format_args!(
                "{} {} is not readable",
                place.field, place.row
            ))
        })
    }

    /// A keyed digest for look-up: equal text gives equal digests, and nothing else can be told.
    /// `scope` keeps the digests of different kinds and controllers apart.
    #[must_use]
    pub fn digest(&self, scope: &[&[u8]], text: &str) -> Vec<u8> {
        let mut parts: Vec<&[u8]> = scope.to_vec();
        parts.push(text.as_bytes());
        let mut digest = mac_of(&self.lookup, &parts);
        digest.truncate(DIGEST_BYTES);
        digest
    }

    /// The chained hash of an audit row.
    #[must_use]
    pub fn chain_hash(&self, parts: &[&[u8]]) -> Vec<u8> {
        mac_of(&self.chain, parts)
    }

    /// The tag that makes a cursor tamper-proof.
    #[must_use]
    pub fn cursor_tag(&self, parts: &[&[u8]]) -> Vec<u8> {
        mac_of(&self.cursor, parts)
    }
}

/// SHA-256, for secrets that are random enough to need no stretching, and for body comparison.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Compares without telling by its time where the two differ.
#[must_use]
pub fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .fold(0_u8, |difference, (a, b)| difference | (a ^ b))
            == 0
}

/// Fills `bytes` from the operating system's source.
pub fn random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| Error::internal(format_args!("no randomness: {error}")))
}

fn new_mac(key: &[u8]) -> Result<HmacSha256> {
    <HmacSha256 as Mac>::new_from_slice(key).map_err(Error::internal)
}

/// Length-prefixed parts, so that `["ab", "c"]` and `["a", "bc"]` differ.
fn mac_of(key: &HmacSha256, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = key.clone();
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

fn random_key() -> Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    random(bytes.as_mut_slice())?;
    Ok(Zeroizing::new(BASE64.encode(bytes.as_slice())))
}

fn decode_key(text: &str) -> Result<Zeroizing<Vec<u8>>> {
    let bytes = Zeroizing::new(
        BASE64
            .decode(text)
            .map_err(|_| Error::internal("a key of the key ring is not base64"))?,
    );
    if bytes.len() == 32 {
        Ok(bytes)
    } else {
        Err(Error::internal("a key of the key ring is not 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_only_in_its_place() {
        let ring = KeyRing::ephemeral().unwrap();
        let row = Uuid::now_v7();
        let place = Place::new("patients.person", row);
        let sealed = ring.seal(place, b"text").unwrap();
        assert_eq!(ring.open(place, &sealed).unwrap().as_slice(), b"text");
        assert!(
            ring.open(Place::new("patients.other", row), &sealed)
                .is_err()
        );
        assert!(
            ring.open(Place::new("patients.person", Uuid::now_v7()), &sealed)
                .is_err()
        );
        for at in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[at] ^= 1;
            assert!(ring.open(place, &broken).is_err(), "byte {at}");
        }
    }

    #[test]
    fn an_added_key_seals_and_the_older_one_still_opens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let (old, made) = KeyRing::open_or_create(&path).unwrap();
        assert!(made);
        let place = Place::new("a.b", Uuid::now_v7());
        let sealed = old.seal(place, b"before").unwrap();
        let new = KeyRing::add_key(&path).unwrap();
        assert_eq!(new.open(place, &sealed).unwrap().as_slice(), b"before");
        assert_eq!(
            KeyRing::key_of(&new.seal(place, b"after").unwrap()),
            Some(2)
        );
        assert_eq!(old.digest(&[b"x"], "t"), new.digest(&[b"x"], "t"));
    }
}
