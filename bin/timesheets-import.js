#!/usr/bin/env node
import { launch } from "./launch.js";

launch("timesheets-import", "scripts/import/main.ts");
