{{- /* Take a list: root, name of the (sub)chart. */}}
{{- define "prometheus.match" -}}
{{- if eq (index . 1) "prometheus" -}}
app.kubernetes.io/component: server
{{ end -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end }}

{{- define "prometheus.labels" -}}
{{- $root := index . 0 }}
{{- include "prometheus.match" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion }}
app.kubernetes.io/part-of: {{ index . 1 }}
helm.sh/chart: prometheus-{{ $root.Chart.Version | replace "+" "_" }}
{{- end }}
