use crate::directory::db::{Backend, Prepare, Server};
use crate::directory::error::Fault;
use crate::directory::{DirectoryBuilder, DirectoryConnector, OpenError};

impl DirectoryBuilder {
    /// Connects to a directory in a schema of a PostgreSQL database, creating it when it is not there.
    ///
    /// `config` is a libpq connection string or URL. `schema` holds the tables; it consists of lower-case letters, digits
    /// and underscores. Any number of programs on any number of machines may share a directory, when their attributes of the
    /// same name are of the same kind. Needs PostgreSQL 13 or newer and a tokio runtime with its I/O and time enabled. A server on another machine is spoken
    /// to with TLS and its certificate checked, which takes the feature `rustls-ring` or `rustls-aws-lc`; `sslmode=disable` in
    /// the connection string does without, and `sslrootcert` names a file with authorities.
    ///
    /// # Errors
    ///
    /// When the string cannot be read, the server cannot be reached, the name of the schema is not usable, or the tables
    /// were written by a newer program or under other rules of comparison.
    pub async fn connect(self, config: &str, schema: &str) -> Result<DirectoryConnector, OpenError> {
        // The connection string holds a password.
        let place = format!("postgresql schema {schema}");
        let usable = !schema.is_empty()
            && schema.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && !schema.starts_with(|c: char| c.is_ascii_digit());
        if !usable {
            let detail =
                format!("expected a schema name of lower-case letters, digits and `_`, found `{schema}`");
            return Err(OpenError::new(&place, detail));
        }
        let shapes = self.shapes();
        let connections = if self.connections == 0 { CONNECTIONS } else { self.connections };
        let open = async {
            let backend = Backend::Postgres(Server::new(config, schema, connections)?);
            backend.write(Prepare { shapes: shapes.clone(), schema: Some(schema.to_owned()) }).await?;
            Ok::<_, Fault>(backend)
        };
        let backend = open.await.map_err(|fault| OpenError::fault(&place, fault))?;
        Ok(self.finish(backend, shapes, &place))
    }
}

const CONNECTIONS: usize = 16;
