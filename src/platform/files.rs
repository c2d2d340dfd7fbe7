//! Files and folders that only their owner may read: keys, the embedded database, credentials.

use std::path::Path;

use super::error::{Error, Result};

/// Makes a folder that only its owner may enter, where there is none.
pub fn create_private_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| Error::internal(format_args!("cannot make {}: {error}", folder.display())))
}

/// Writes a file that only its owner may read.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let failed = |error: std::io::Error| {
        Error::internal(format_args!("cannot write {}: {error}", path.display()))
    };
    if let Some(folder) = path.parent() {
        create_private_folder(folder)?;
    }
    // Written beside and renamed: a crash leaves the old file or the new one, never half of it.
    let draft = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)
        .map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&draft, path).map_err(failed)
}
