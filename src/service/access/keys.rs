//! Keys of callers: made once, shown once, kept as argon2 hashes in a file beside the store.

use std::collections::HashMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::{Caller, Role, Scope};
use crate::store::{Moment, hexadecimal};

/// What keys begin with.
const PREFIX: &str = "yiren_";

/// Name of the file within the folder of a store.
pub const FILE: &str = "keys.json";

/// Why the file of keys cannot be used.
#[derive(Debug, Error)]
pub enum KeysError {
    /// The system refused.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// It holds something else.
    #[error(
        "{path}: this is no file of keys: {detail}; restore it, or remove it and make keys anew"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What cannot be read.
        detail: String,
    },
    /// There is no key of that id.
    #[error("no key {0}; `yiren keys list` shows those there are")]
    NoSuchKey(String),
    /// The system gives no random numbers, or cannot hash.
    #[error("no key can be made: {0}")]
    Unmakable(String),
}

/// A key, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Key {
    /// What it is known by: the part of the key that is no secret.
    pub id: String,
    /// Whose it is, for the audit.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// Of what.
    #[serde(flatten)]
    pub scope: Scope,
    /// Argon2id hash of the secret.
    hash: String,
    /// When it was made.
    pub made: Moment,
    /// Until when it is valid; for ever where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Moment>,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Moment>,
}

impl Key {
    /// Whether it is valid at a moment.
    pub fn is_valid(&self, at: Moment) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| at < expires)
    }
}

/// The file of keys.
#[derive(Debug)]
pub struct Keys {
    path: PathBuf,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    read: Option<(SystemTime, u64)>,
    keys: HashMap<String, Key>,
    /// SHA-256 of secrets that were verified, by key: argon2 is slow on purpose.
    verified: HashMap<String, [u8; 32]>,
}

impl Keys {
    /// The keys of a file, which need not be there yet.
    pub fn at(path: &Path) -> Keys {
        Keys {
            path: path.to_path_buf(),
            known: Mutex::default(),
        }
    }

    /// All keys, in the order in which they were made.
    pub fn list(&self) -> Result<Vec<Key>, KeysError> {
        let file = |error| KeysError::File {
            path: self.path.clone(),
            error,
        };
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| KeysError::Damaged {
                path: self.path.clone(),
                detail: error.to_string(),
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(file(error)),
        }
    }

    /// Makes a key and returns it: the only time that it is known.
    pub fn add(
        &self,
        name: &str,
        role: Role,
        scope: Scope,
        expires: Option<Moment>,
        now: Moment,
    ) -> Result<String, KeysError> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| KeysError::Unmakable(error.to_string()))?;
        let (id, secret) = random.split_at(6);
        let (id, secret) = (hexadecimal(id), hexadecimal(secret));
        let hash = Argon2::default()
            .hash_password(secret.as_bytes())
            .map_err(|error| KeysError::Unmakable(error.to_string()))?;
        let mut keys = self.list()?;
        keys.push(Key {
            id: id.clone(),
            name: name.to_string(),
            role,
            scope,
            hash: hash.to_string(),
            made: now,
            expires,
            revoked: None,
        });
        self.write(&keys)?;
        Ok(format!("{PREFIX}{id}_{secret}"))
    }

    /// Takes a key back; returns whether it was valid until now.
    pub fn revoke(&self, id: &str, now: Moment) -> Result<bool, KeysError> {
        let mut keys = self.list()?;
        let key = keys.iter_mut().find(|key| key.id == id);
        let key = key.ok_or_else(|| KeysError::NoSuchKey(id.to_string()))?;
        let was_valid = key.is_valid(now);
        key.revoked.get_or_insert(now);
        self.write(&keys)?;
        Ok(was_valid)
    }

    /// Puts a new file in the place of the old one, at once; only its owner may read it.
    fn write(&self, keys: &[Key]) -> Result<(), KeysError> {
        let file = |error| KeysError::File {
            path: self.path.clone(),
            error,
        };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let bytes = serde_json::to_vec_pretty(keys)
            .map_err(|error| KeysError::Unmakable(error.to_string()))?;
        let mut fresh = tempfile::NamedTempFile::new_in(folder).map_err(file)?;
        fresh.write_all(&bytes).map_err(file)?;
        fresh.as_file().sync_all().map_err(file)?;
        fresh
            .persist(&self.path)
            .map_err(|error| file(error.error))?;
        Ok(())
    }

    /// The caller whose key this is, if it is one and valid. Slow (tens of milliseconds) for a key
    /// that this process has not seen yet.
    pub fn verify(&self, text: &str, now: Moment) -> Result<Option<Caller>, KeysError> {
        let Some((id, secret)) = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'))
        else {
            return Ok(None);
        };
        self.refresh()?;
        let (key, seen) = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            (known.keys.get(id).cloned(), known.verified.get(id).copied())
        };
        let Some(key) = key.filter(|key| key.is_valid(now)) else {
            return Ok(None);
        };
        let digest: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
        let is_right = match seen {
            Some(seen) => bool::from(seen.ct_eq(&digest)),
            None => {
                let hash = PasswordHash::new(&key.hash).map_err(|error| KeysError::Damaged {
                    path: self.path.clone(),
                    detail: error.to_string(),
                })?;
                Argon2::default()
                    .verify_password(secret.as_bytes(), &hash)
                    .is_ok()
            }
        };
        if !is_right {
            return Ok(None);
        }
        if seen.is_none() {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.verified.insert(key.id.clone(), digest);
        }
        Ok(Some(Caller {
            name: key.name.as_str().into(),
            role: key.role,
            scope: key.scope,
        }))
    }

    /// Whether verifying this text is quick.
    pub fn is_known(&self, text: &str) -> bool {
        let id = text
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split_once('_'));
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        id.is_none_or(|(id, _)| known.verified.contains_key(id))
    }

    /// Reads the file again if it has changed.
    fn refresh(&self) -> Result<(), KeysError> {
        let stamp = fs::metadata(&self.path)
            .ok()
            .and_then(|data| Some((data.modified().ok()?, data.len())));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.read == stamp {
            return Ok(());
        }
        let keys = self.list()?;
        known.keys = keys.into_iter().map(|key| (key.id.clone(), key)).collect();
        known.verified.clear();
        known.read = stamp;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_valid_until_they_expire_or_are_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let keys = Keys::at(&path);
        assert!(keys.list().unwrap().is_empty());
        assert!(keys.verify("yiren_0_0", Moment(1)).unwrap().is_none());
        let scope = Scope::parse(&["31".to_string()], &[]).unwrap();
        let first = keys
            .add(
                "county",
                Role::Approver,
                scope.clone(),
                Some(Moment(100)),
                Moment(1),
            )
            .unwrap();
        let second = keys
            .add("hq", Role::Admin, Scope::default(), None, Moment(1))
            .unwrap();
        let role = |text: &str, at| {
            keys.verify(text, Moment(at))
                .unwrap()
                .map(|caller| caller.role)
        };
        assert_eq!(role(&first, 99), Some(Role::Approver));
        assert_eq!(role(&first, 99), Some(Role::Approver), "the second time");
        assert_eq!(role(&first, 100), None);
        assert_eq!(role(&second, 1000), Some(Role::Admin));
        assert_eq!(
            keys.verify(&first, Moment(1)).unwrap().unwrap().scope,
            scope
        );
        // The secret of one under the id of the other; other garbage.
        let mixed = format!(
            "{}_{}",
            &first[..first.rfind('_').unwrap()],
            &second[second.rfind('_').unwrap() + 1..]
        );
        for wrong in [
            &mixed,
            "",
            "yiren",
            "yiren_",
            "yiren__",
            &first[..first.len() - 1],
            &second.to_uppercase(),
        ] {
            assert_eq!(role(wrong, 1), None, "{wrong}");
        }
        let id = keys.list().unwrap()[1].id.clone();
        assert!(keys.revoke(&id, Moment(5)).unwrap());
        assert!(!keys.revoke(&id, Moment(6)).unwrap());
        assert_eq!(role(&second, 7), None);
        assert!(matches!(
            keys.revoke("none", Moment(5)),
            Err(KeysError::NoSuchKey(_))
        ));
        let kept = fs::read_to_string(&path).unwrap();
        let secret = &first[first.rfind('_').unwrap() + 1..];
        assert!(!kept.contains(secret) && kept.contains("$argon2id$"));
        fs::write(&path, "no keys").unwrap();
        assert!(matches!(
            keys.verify(&first, Moment(1)),
            Err(KeysError::Damaged { .. })
        ));
    }
}
