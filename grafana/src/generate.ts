import { mkdirSync, writeFileSync } from 'node:fs';
import { dashboards, jsonOf } from './dashboards.ts';

// npm run dashboards: writes grafana/dashboards.
const folder = new URL('../dashboards/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [file, dashboard] of Object.entries(dashboards())) {
  writeFileSync(new URL(file, folder), jsonOf(dashboard));
  console.log(`grafana/dashboards/${file}: ${dashboard.panels?.length} panels`);
}
