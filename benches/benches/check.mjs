// Synthetic rows of the national format of addresses (BAL 1.4), checked by the package; prints rows, seconds, MiB.
import { validate } from '@ban-team/validateur-bal'

const rows = Number(process.argv[2])
const heading =
  'uid_adresse;cle_interop;commune_insee;commune_nom;commune_deleguee_insee;commune_deleguee_nom;voie_nom;' +
  'lieudit_complement_nom;numero;suffixe;position;x;y;long;lat;cad_parcelles;source;date_der_maj;' +
  'certification_commune\n'
const STREETS = 9000
const parts = [heading]
for (let row = 0; row < rows; row++) {
  const street = String(1 + (row % STREETS)).padStart(4, '0')
  const number = 1 + Math.floor(row / STREETS)
  const key = `37003_${street}_${String(number).padStart(5, '0')}`
  const lon = (0.98 + (row % 1000) * 1e-5).toFixed(6)
  const lat = (47.41 + (row % 777) * 1e-5).toFixed(6)
  parts.push(
    `;${key};37003;Amboise;;;Rue ${street} du Test;;${number};;entrée;;;${lon};${lat};;commune;2023-05-01;1\n`,
  )
}
const file = Buffer.from(parts.join(''))
const started = process.hrtime.bigint()
const report = await validate(file, { profile: '1.4' })
const seconds = Number(process.hrtime.bigint() - started) / 1e9
console.log(report.rows.length, seconds, Math.round(process.memoryUsage().rss / 2 ** 20))
