import { z } from 'zod';

/** A layer of an image, newest first. */
export const imageLayerSchema = z.object({
  createdBy: z.string(),
  sizeBytes: z.number(),
  createdAt: z.iso.datetime(),
});

/** Where a package comes from. */
export const ecosystemSchema = z.enum(['dpkg', 'rpm', 'apk', 'pip', 'conda', 'npm']);
/** Where a package comes from. */
export type Ecosystem = z.infer<typeof ecosystemSchema>;

/** A package that is installed, as the database inside says. */
export const installedPackageSchema = z.object({
  ecosystem: ecosystemSchema,
  name: z.string(),
  version: z.string(),
  /** As the package states it; `null` when it doesn't. */
  license: z.string().nullable(),
});
/** A package that is installed. */
export type InstalledPackage = z.infer<typeof installedPackageSchema>;

/** Packages of one ecosystem that differ. */
export const packageChangeSchema = z.object({
  ecosystem: ecosystemSchema,
  name: z.string(),
  /** Version in the first; `null` when it isn't there. */
  before: z.string().nullable(),
  /** Version in the second; `null` when it isn't there. */
  after: z.string().nullable(),
});
/** A package that differs. */
export type PackageChange = z.infer<typeof packageChangeSchema>;
