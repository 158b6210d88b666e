-- Names the layers of the run; the one bound value is the note on schematic boundaries, or nothing.
insert into gpkg_contents (table_name, data_type, identifier, description, srs_id) values
    ('units', 'features', 'units', 'Units by period · Đơn vị hành chính theo thời kỳ' || ?1, 4326),
    ('villages', 'features', 'villages', 'Villages, shapes inferred from points · Thôn, tổ dân phố, hình suy từ điểm' || ?1, 4326),
    ('coverage', 'features', 'coverage', 'Coverage by unit, period and register · Tỷ lệ có địa chỉ số' || ?1, 4326),
    ('gaps', 'features', 'gaps', 'Households without a digital address · Hộ chưa có địa chỉ số', 4326),
    ('submissions', 'features', 'submissions', 'Submissions · Phiếu thu thập', 4326),
    ('households', 'attributes', 'households', 'Register lines · Danh sách hộ', null),
    ('findings', 'attributes', 'findings', 'Findings on submissions · Lỗi và ghi chú trên phiếu', null),
    ('registers', 'attributes', 'registers', 'Registers · Các danh sách hộ', null),
    ('rules', 'attributes', 'rules', 'Rules and how often they spoke · Quy tắc', null),
    ('repeats', 'attributes', 'repeats', 'Rows that repeat a submission to the letter · Dòng lặp nguyên văn', null),
    ('proposals', 'attributes', 'proposals', 'What one collector did to all rows · Đề xuất về cả loạt phiếu', null),
    ('proposal_rows', 'attributes', 'proposal_rows', 'Submissions of each proposal · Phiếu của từng đề xuất', null),
    ('skipped', 'attributes', 'skipped', 'Rows that are no records · Dòng không phải hộ', null),
    ('register_rejects', 'attributes', 'register_rejects', 'Register lines that cannot be used · Dòng danh sách không dùng được', null)
on conflict (table_name) do update set
    description = excluded.description,
    last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');
