//! The real binary as a server, and a client of a few lines that talks to it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// How long anything may take before a test gives up; nothing is measured by it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// A server that is killed with the value.
pub(crate) struct Server {
    child: Child,
    address: String,
    token: String,
    said: Arc<Mutex<String>>,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// A token for everything in a store.
pub(crate) fn token(store: &Path) -> String {
    token_of(store, "Tổ 3")
}

/// The same for somebody.
pub(crate) fn token_of(store: &Path, label: &str) -> String {
    let store = store.to_string_lossy();
    super::succeed(["token", "--label", label, "--store", &store]).trim().to_owned()
}

impl Server {
    /// The token that it is asked with.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Starts a server on a port that the system chooses.
    pub(crate) fn start(store: &Path, token: &str, args: &[&str]) -> Self {
        let program = Command::new(env!("CARGO_BIN_EXE_diachiso"));
        Self::start_by(program, &store.to_string_lossy(), token, args)
    }

    /// The same by another command that ends in the program, over a store in a file or on a server.
    pub(crate) fn start_by(mut program: Command, store: &str, token: &str, args: &[&str]) -> Self {
        let mut child = program
            .args(["serve", "--listen", "127.0.0.1:0", "--today", "2024-12-01", "--store", store])
            .args(args)
            .env_remove("DIACHISO_IDENTITY_KEY")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("http://")?.1.trim_end_matches('/').to_owned()))
            .expect("the server says where it is");
        // Somebody must read on, or the server would wait for the pipe.
        let said = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                heard.lock().expect("nobody fails").extend([&*line, "\n"]);
            }
        });
        Self { child, address, token: token.to_owned(), said }
    }

    /// What it logged so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().expect("nobody fails").clone()
    }

    /// A connection to it, over which nothing was said.
    pub(crate) fn connect(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect(&self.address)
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().expect("kill runs").success());
        assert!(self.child.wait().expect("gone").success());
    }

    /// Sends a request; `None` when the server is gone before it answered whole.
    pub(crate) fn try_send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let mut head = format!(
            "{method} {url} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        if headers.iter().all(|(name, _)| !name.eq_ignore_ascii_case("authorization")) {
            head.extend(["Authorization: Bearer ", &self.token, "\r\n"]);
        }
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let answer = String::from_utf8(answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let answer = Answer { status, head: head.to_owned(), body: body.to_owned() };
        // A body that was cut off is no answer.
        let length = answer.header("content-length").and_then(|n| n.parse::<usize>().ok());
        length.is_none_or(|length| length == answer.body.len()).then_some(answer)
    }

    #[track_caller]
    pub(crate) fn get(&self, url: &str) -> Answer {
        self.try_send("GET", url, &[], b"").expect("an answer")
    }

    #[track_caller]
    pub(crate) fn post(&self, url: &str, body: &[u8]) -> Answer {
        self.try_send("POST", url, &[], body).expect("an answer")
    }

    /// What it answers to whoever holds another token; `None` when it is gone before it answered whole.
    pub(crate) fn try_send_as(
        &self,
        token: &str,
        (method, url): (&str, &str),
        body: &[u8],
    ) -> Option<Answer> {
        let bearer = format!("Bearer {token}");
        self.try_send(method, url, &[("authorization", &*bearer)], body)
    }

    /// The body of an answer in the old way, byte for byte.
    #[track_caller]
    pub(crate) fn bytes(&self, url: &str) -> Vec<u8> {
        let mut stream = self.connect().expect("connects");
        let head = format!("GET {url} HTTP/1.0\r\nauthorization: Bearer {}\r\n\r\n", self.token);
        stream.write_all(head.as_bytes()).expect("sent");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("answered");
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        bytes.split_off(head + 4)
    }

    /// Asks until the answer has a status.
    #[track_caller]
    pub(crate) fn wait_for(&self, url: &str, status: u16) -> Answer {
        let started = Instant::now();
        loop {
            let answer = self.get(url);
            if answer.status == status {
                return answer;
            }
            assert!(started.elapsed() < PATIENCE, "{url} is not {status}: {answer:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until a batch rests and nothing is ordered of it; answers with it.
    #[track_caller]
    pub(crate) fn settled(&self, id: i64) -> serde_json::Value {
        let started = Instant::now();
        loop {
            let answer = self.get(&format!("/api/v1/batches/{id}"));
            let batch = answer.json();
            let Some(state) = batch["state"].as_str() else { panic!("no state: {answer:?}") };
            if !matches!(state, "queued" | "running") && batch["ordered"] == false {
                return batch;
            }
            assert!(started.elapsed() < PATIENCE, "batch {id} does not come to rest: {batch}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
