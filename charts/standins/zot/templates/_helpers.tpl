{{- define "zot.name" -}}
{{ .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-zot" .Release.Name) (contains "zot" .Release.Name)) }}
{{- end }}

{{- define "zot.match" -}}
app.kubernetes.io/name: zot
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "zot.labels" -}}
{{- include "zot.match" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: zot-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "zot.probe" -}}
httpGet: { path: {{ .path }}, port: {{ .root.Values.httpGet.port }}, scheme: {{ .root.Values.httpGet.scheme }} }
initialDelaySeconds: 5
{{- end }}
