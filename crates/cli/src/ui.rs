//! Progress for people: a bar on a terminal, nothing elsewhere.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use diachiso_pipeline::Progress;
use diachiso_runs::Watch;
use indicatif::{ProgressBar, ProgressStyle};

/// Stage names of the pipeline and what people call them.
const STAGES: &[(&str, &str)] = &[
    ("registers", "Đọc danh sách hộ"),
    ("submissions", "Đọc và kiểm tra phiếu"),
    ("check", "Kiểm tra tệp"),
    ("fix", "Ghi bản đã sửa"),
    ("forensics", "Soi cả loạt phiếu"),
    ("linking", "Đối chiếu với danh sách"),
    ("records", "Đọc bản ghi"),
    ("estimate", "Ước lượng mô hình"),
    ("pairs", "So từng cặp"),
    ("clusters", "Gộp thành cụm"),
    ("write", "Ghi kết quả"),
    ("geocode", "Tìm vị trí địa chỉ"),
    ("coverage", "Tính độ phủ"),
    ("positions", "Gợi ý vị trí còn thiếu"),
    ("publish", "Ghi vào kho"),
    ("generate", "Sinh dữ liệu giả lập"),
];

/// Bars on standard error, one per stage; how long each took goes to the log (`--log info`).
pub(crate) struct Bars {
    current: Mutex<Option<Stage>>,
}

struct Stage {
    name: &'static str,
    started: Instant,
    bar: ProgressBar,
}

impl Bars {
    pub(crate) fn new() -> Self {
        Self { current: Mutex::new(None) }
    }

    /// Ends the bar that is shown.
    pub(crate) fn finish(&self) {
        if let Ok(mut current) = self.current.lock()
            && let Some(Stage { name, started, bar }) = current.take()
        {
            bar.finish_and_clear();
            let seconds = started.elapsed().as_secs_f64();
            tracing::info!(stage.name = name, stage.seconds = seconds, "stage done");
        }
    }
}

impl Progress for Bars {
    fn stage(&self, name: &'static str, total: Option<u64>) {
        self.finish();
        let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        let template = if total.is_some() {
            "{msg:28} [{bar:32}] {human_pos}/{human_len} ({per_sec})"
        } else {
            "{msg:28} {spinner} {human_pos} ({per_sec})"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(
            STAGES.iter().find(|(key, _)| *key == name).map_or(name, |(_, words)| words),
        );
        bar.enable_steady_tick(Duration::from_millis(120));
        if let Ok(mut current) = self.current.lock() {
            *current = Some(Stage { name, started: Instant::now(), bar });
        }
    }

    fn advance(&self, steps: u64) {
        if let Ok(current) = self.current.lock()
            && let Some(stage) = current.as_ref()
        {
            stage.bar.inc(steps);
        }
    }
}

impl Watch for Bars {
    fn say(&self, words: &str) {
        eprintln!("{words}");
    }
}
