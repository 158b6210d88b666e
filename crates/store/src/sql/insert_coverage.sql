insert into coverage (
    fid, geom, code, level, name, parent, period, register, source, closed_on, schematic,
    households, percent, covered, pending, rejected, none, claimed, absent, away,
    refused, leaving, duplicate_line, moved, gone, outside_list, persons, persons_covered, poor,
    poor_covered, near_poor, near_poor_covered, by_class_a, by_class_b, by_class_c,
    by_class_d, by_class_e
) values
