import { readCommandTable } from './command-table.ts';
import { adminCommandsPage, commandsPage } from './commands-page.ts';
import { errorsPage } from './errors-page.ts';
import { eventsPage } from './events-page.ts';
import { httpApiPage } from './http-api-page.ts';
import { imagesPage } from './images-page.ts';
import { labelsPage } from './labels-page.ts';
import { limitsPage } from './limits-page.ts';
import { metricsPage } from './metrics-page.ts';
import { openApiText } from './open-api-text.ts';
import { siteSettingsPage } from './site-settings-page.ts';

/** Every page of docs/reference: file name -> text, made from the code of the checkout at `root`. */
export function referencePages(root: string): Readonly<Record<string, string>> {
  return {
    'admin-commands.md': adminCommandsPage(readCommandTable(root, 'admin')),
    'commands.md': commandsPage(readCommandTable(root, 'cli')),
    'errors.md': errorsPage(),
    'events.md': eventsPage(),
    'http-api.md': httpApiPage(),
    'images.md': imagesPage(),
    'labels.md': labelsPage(),
    'limits.md': limitsPage(),
    'metrics.md': metricsPage(),
    'openapi.json': openApiText(root),
    'site-settings.md': siteSettingsPage(),
  };
}
