//! The real program, serving.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

/// `diachiso serve` on a port of its own.
pub(crate) struct Serving {
    child: Child,
    address: String,
}

/// An answer over HTTP.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Serving {
    /// Starts it in a folder and waits until it listens.
    pub(crate) fn start(store: &str, folder: &Path) -> Self {
        Self::start_for(store, folder, None)
    }

    /// The same with another login for the worker.
    pub(crate) fn start_for(store: &str, folder: &Path, worker: Option<&str>) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_diachiso"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("DIACHISO_STORE", store)
            .envs(worker.map(|url| ("DIACHISO_WORKER_STORE", url)))
            .env_remove("DIACHISO_IDENTITY_KEY")
            .current_dir(folder)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let said = BufReader::new(child.stderr.take().expect("its words"));
        let mut lines = said.lines().map_while(Result::ok);
        let page = lines.find_map(|line| Some(line.split_once("http://")?.1.to_owned()));
        let address = page.expect("it says where").trim_end_matches('/').to_owned();
        // Somebody has to go on reading, or it would wait.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Asks for a path, with a token if there is one.
    pub(crate) fn get(&self, path: &str, token: Option<&str>) -> Answer {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let token = token.map(|t| format!("Authorization: Bearer {t}\r\n")).unwrap_or_default();
        let purpose = "X-Purpose: kiem tra\r\n";
        let host = &self.address;
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{token}{purpose}\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("read");
        let text = String::from_utf8_lossy(&bytes).replace(host, "HOST");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
